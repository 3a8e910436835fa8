"""Every call of the control client, against a real server."""

import gzip
import io
import socket
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest

from mockserver.client import Account, ControlClient, ControlError
from mockserver.server import Server
from tests.requests import TASKS, create, send

URL = "https://example.com/a.mp4"


@pytest.fixture(scope="module")
def control() -> Iterator[ControlClient]:
    """The control plane of a server, with an admin token."""
    with Server(admin_token="secret") as server:
        yield server.control


@pytest.fixture
def account(control: ControlClient) -> Account:
    """A fresh account whose time stands still."""
    return control.new_account(clock={"mode": "frozen", "now": "2026-05-05T05:05:05Z"})


def test_accounts(control: ControlClient) -> None:
    """Accounts are made with settings, found by id or key, listed and forgotten."""
    made = control.new_account(
        balance=Decimal("2.5"), seed=3, dialect={"create_status": 202}, clock={"speed": 2}, plan={"timing": "instant"}
    )
    state = made.state()
    assert (state["account"], state["balance"], state["seed"]) == (made.account, "2.50000", 3)
    assert control.account(made.key) == control.account(made.account) == made
    assert made.account in [each["account"] for each in control.accounts()]
    assert send(made, TASKS, {"model": "kling-v3", "input": {"prompt": "x", "mode": "std"}}).status == 202
    made.forget()
    with pytest.raises(ControlError) as refused:
        made.state()
    assert refused.value.status == 404


def test_keys(control: ControlClient, account: Account) -> None:
    """Keys are added, disabled, enabled and deleted; an account without an active key has the empty one."""
    other = account.add_key()
    assert {key["key"] for key in account.state()["keys"]} == {account.key, other}
    account.disable_key(account.key)
    assert send(account, f"{TASKS}/none").status == 401
    assert control.account(account.key).key == other
    account.enable_key(account.key)
    assert send(account, f"{TASKS}/none").status == 404
    account.delete_key(other)
    account.disable_key(account.key)
    assert control.account(account.account).key == ""


def test_clock(account: Account) -> None:
    """Time stands still, moves by steps, runs, or follows the polls."""
    clock = account.clock
    assert clock.read() == {"mode": "frozen", "speed": 1, "now": "2026-05-05T05:05:05.000Z"}
    assert clock.advance(12.5)["now"] == clock.now == "2026-05-05T05:05:17.500Z"
    task_id = create(account)
    assert clock.advance(until="next")["now"] == "2026-05-05T05:05:18.000Z"
    clock.advance(until_task=task_id)
    assert account.task(task_id)["status"] == "succeeded"
    assert clock.set(speed=4)["speed"] == 4
    assert clock.auto()["mode"] == "auto"
    assert clock.freeze("2027-01-01T00:00:00Z")["now"] == "2027-01-01T00:00:00.000Z"
    assert clock.run(60) | {"now": ""} == {"mode": "real", "speed": 60, "now": ""}
    assert clock.freeze()["mode"] == "frozen"


def test_money(account: Account) -> None:
    """The ledger adds up, and more money can be had."""
    account.topup(Decimal("0.5"))
    assert account.topup(1)["balance"] == "1001.50000"
    assert account.balance() == Decimal("1001.50000")
    assert [entry["type"] for entry in account.ledger()["entries"]] == ["topup", "topup"]


def test_plan(account: Account) -> None:
    """The plan is replaced as a whole, and read without arguments."""
    assert account.plan("instant") == {"timing": "instant", "queue": []}
    queue = [{"outcome": "failed", "code": "content_policy", "message": "no"}, {}]
    planned = account.plan(queued_s=1, processing_s=2, outcome="stuck", code="x", message="y", queue=queue)
    assert account.plan() == planned
    assert (planned["queued_s"], planned["outcome"], len(planned["queue"])) == (1, "stuck", 2)


def test_faults(control: ControlClient, account: Account) -> None:
    """Rules are set, at the creation of an account too, listed, counted and deleted."""
    rule = account.fault("status", code=503, on="read", times=1)
    account.fault("status", code=500, on="create")
    assert send(account, f"{TASKS}/none").status == 503
    assert [(each["name"], each["fired"]) for each in account.faults()] == [("status", 1), ("status", 0)]
    account.clear_faults(rule["fault_id"])
    assert len(account.faults()) == 1
    account.clear_faults()
    assert account.faults() == []
    assert len(control.new_account(faults=[{"name": "status", "code": 503}]).faults()) == 1
    with pytest.raises(ControlError, match="422"):
        account.fault("none")


def test_dialect(account: Account) -> None:
    """Settings are changed, all or none, and read without arguments."""
    assert account.dialect()["create_status"] == 200
    assert account.dialect(create_status=201, pending_fields="null")["create_status"] == 201
    with pytest.raises(ControlError, match="one of 200, 201, 202") as refused:
        account.dialect(create_status=999, pending_fields="omit")
    assert refused.value.param == "/create_status"
    assert account.dialect()["pending_fields"] == "null"


def test_tasks(account: Account) -> None:
    """All tasks come, however many pages they take, and can be chosen by status."""
    made = [create(account, prompt=str(number)) for number in range(101)]
    account.cancel(made[0])
    assert [task["task_id"] for task in account.tasks()] == made
    assert [task["task_id"] for task in account.tasks("cancelled")] == made[:1]


def test_operators(account: Account) -> None:
    """A task is held, released, ended with an outcome, cancelled; what has ended is refused."""
    task_id, other = create(account), create(account)
    assert account.hold(task_id)["operator"][0]["type"] == "hold"
    account.release(task_id)
    assert account.outcome(task_id, "failed", code="content_policy", message="no")["status"] == "failed"
    assert send(account, f"{TASKS}/{task_id}").json["error"] == {"code": "content_policy", "message": "no"}
    assert account.cancel(other)["status"] == "cancelled"
    with pytest.raises(ControlError, match="409 task_ended") as refused:
        account.cancel(other)
    assert (refused.value.status, refused.value.code, refused.value.param) == (409, "task_ended", None)


def test_journal(control: ControlClient, account: Account) -> None:
    """Exchanges are filtered, waited for, explained and cleared."""
    task_id = create(account, "order-1")
    send(account, f"{TASKS}/{task_id}")
    send(account, TASKS, {}, "order-2")
    assert [each["status"] for each in account.journal()] == [200, 200, 400]
    assert [each["method"] for each in account.journal(method="GET", path=f"{TASKS}/{task_id}")] == ["GET"]
    found = account.journal(task_id=task_id, idempotency_key="order-1", status=200)
    assert control.explain(found[0]["exchange_id"])["clause"] == "D-CREATE"
    after = account.journal()[-1]["seq"]
    threading.Timer(0.05, send, (account, f"{TASKS}/none")).start()
    assert [each["status"] for each in account.journal(after=after, wait_s=20)] == [404]
    account.clear_journal()
    assert account.journal() == []


def test_journal_of_the_server(control: ControlClient) -> None:
    """What comes with no key stands in the server's journal."""
    stranger = Account(control.account("mv_live_any").transport, "", "no key")
    after = max((each["seq"] for each in control.journal()), default=0)
    send(stranger, TASKS, {})
    assert [each["status"] for each in control.journal(after=after, wait_s=10)] == [401]


def test_media(account: Account) -> None:
    """A URL is registered with facts or with bytes."""
    stated = account.media(URL, {"kind": "video", "duration_s": 4})
    assert stated["facts"]["source"] == "stated"
    assert [each["url"] for each in account.all_media()] == [URL]
    assert account.task(create(account, video_url=URL))["media"]["video_url"]["duration_s"] == 4
    with pytest.raises(ControlError, match="422"):
        account.media(URL, content=b"no video")


def test_snapshots(account: Account) -> None:
    """Everything can be saved, gone back to, branched and begun anew."""
    create(account)
    saved = account.snapshot()
    create(account)
    fork = account.fork()
    assert (len(fork.tasks()), fork.key == account.key) == (2, False)
    account.restore(saved)
    assert (len(account.tasks()), len(fork.tasks())) == (1, 2)
    account.reset()
    assert account.tasks() == []


@pytest.mark.clause("C-EXPORT", "C-IMPORT", "C-SNAPSHOT")
def test_files(control: ControlClient, account: Account) -> None:
    """An account goes into a file and comes back, also on another server; snapshots are listed and deleted."""
    create(account, "order-1")
    saved = account.snapshot()
    assert [(each["snapshot"], each["tasks"]) for each in account.snapshots()] == [(saved, 1)]
    file = io.BytesIO()
    account.export(file)
    account.delete_snapshot(saved)
    assert account.snapshots() == []
    with pytest.raises(ControlError) as refused:
        control.import_accounts(io.BytesIO(file.getvalue()))
    assert (refused.value.status, refused.value.code) == (409, "account_exists")
    expected = [{"account": account.account, "keys": 1, "tasks": 1, "snapshots": 1}]
    assert control.import_accounts(io.BytesIO(file.getvalue()), replace=True) == expected
    assert [each["snapshot"] for each in account.snapshots()] == [saved]
    with Server() as server:
        assert server.control.import_accounts(io.BytesIO(gzip.compress(file.getvalue()))) == expected
        there = server.control.account(account.key)
        assert there.tasks() == account.tasks()
        assert there.clock.now == account.clock.now


@pytest.mark.clause("C-ADMIN")
def test_a_refused_upload(control: ControlClient) -> None:
    """What the server does not read to its end is refused all the same, and not taken for a broken connection."""
    stranger = ControlClient(control.base_url)
    with pytest.raises(ControlError, match="401 admin_unauthorized"):
        stranger.import_accounts(io.BytesIO(bytes(50_000_000)))


def test_refusals_say_where(account: Account) -> None:
    """An error names the call, the status, and everything that is wrong with the request."""
    with pytest.raises(ControlError) as refused:
        account.plan(queue=[{"outcome": "none"}, {"colour": "blue"}])
    assert (refused.value.status, refused.value.code) == (422, "control_invalid")
    assert [each["param"] for each in refused.value.details] == ["/queue/0/outcome", "/queue/1/colour"]
    assert str(refused.value).startswith(f"PUT /_mock/accounts/{account.account}/plan 422 control_invalid: ")
    assert "\n  /queue/1/colour: " in str(refused.value)


@pytest.mark.clause("C-ADMIN")
def test_admin_token(control: ControlClient) -> None:
    """Without the token nothing is done; the token stands in no representation."""
    assert "secret" not in repr(control)
    assert "secret" not in repr(control.new_account())
    with pytest.raises(ControlError, match="401 admin_unauthorized"):
        ControlClient(control.base_url).accounts()


def test_no_server() -> None:
    """A server that is not there is an error that says so, not a traceback of sockets; its status is None."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = ControlClient(f"http://127.0.0.1:{port}")
    assert not gone.is_healthy()
    with pytest.raises(ControlError, match="does not answer") as refused:
        gone.accounts()
    assert refused.value.status is None
    with pytest.raises(ControlError, match="does not answer"):
        ControlClient(f"https://127.0.0.1:{port}").accounts()


def test_not_our_server() -> None:
    """What is no control plane is called so."""
    with Server(dialect={"error_envelope": "flat"}) as server:
        with pytest.raises(ControlError, match="no answer of a control plane") as refused:
            ControlClient(server.url("elsewhere")).accounts()
        assert refused.value.status == 404


def test_urls(control: ControlClient) -> None:
    """A slash at the end of the base URL makes no difference."""
    same = ControlClient(f"{control.base_url}/", "secret")
    assert same.url(TASKS) == control.url(TASKS)
    assert same.is_healthy()
