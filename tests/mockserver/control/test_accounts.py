"""Accounts, money and keys: the dashboard's part of the control plane."""

from typing import Any

import pytest

from mockserver.control.snapshots import fork_account
from mockserver.settings import Settings
from tests.asgi import KEY, OTHER_KEY, TASKS, dialect, kling
from tests.mockserver.control.desk import ACCOUNTS, Desk, desk


@pytest.mark.clause("C-ACCOUNT")
async def test_an_account_is_made_whole() -> None:
    """Balance, seed, dialect, clock and plan are there in one call, and hold for the first create."""
    wishes: dict[str, Any] = {
        "balance": 2.5,
        "seed": 3,
        "dialect": {"create_status": 202},
        "clock": {"mode": "frozen", "now": "2026-05-05T05:05:05Z", "speed": 2.5},
        "plan": {"queued_s": 10, "processing_s": 20.25, "queue": [{"outcome": "failed", "code": "c", "message": "m"}]},
    }
    made = await desk(**wishes)
    assert made.account.startswith("acct_")
    assert await made.get("") == {
        "account": made.account,
        "keys": [{"key": made.key, "state": "active"}],
        "balance": "2.50000",
        "held": "0.00000",
        "charged": "0.00000",
        "tasks": 0,
        "seed": 3,
        "clock": {"mode": "frozen", "speed": 2.5, "now": "2026-05-05T05:05:05.000Z"},
    }
    assert (await made.caller.create(key=made.key)).status == 202
    assert await made.get("plan") == {"queued_s": 10, "processing_s": 20.25, "queue": []}
    [task] = (await made.get("tasks"))["tasks"]
    expected = {"queued_s": 10, "processing_s": 20.25, "outcome": "failed", "code": "c", "message": "m"}
    assert task["plan"] == expected
    assert task["created_at"] == "2026-05-05T05:05:05.000Z"


@pytest.mark.clause("C-ACCOUNT")
@pytest.mark.parametrize("body", [None, {}])
async def test_every_wish_has_a_default(body: object) -> None:
    """Without any, the account is as the server's settings have it, with a balance of 1000."""
    settings = Settings(clock="auto", speed=3, seed=7, dialect=dialect(create_status=201))
    made = Desk(settings)
    found = await made.ok("POST", ACCOUNTS, body)
    made.account = found["account"]
    state = await made.get("")
    assert (state["balance"], state["seed"], state["tasks"]) == ("1000.00000", 7, 0)
    assert state["clock"] == {"mode": "auto", "speed": 3, "now": "2026-03-01T12:00:00.000Z"}
    assert (await made.get("dialect"))["create_status"] == 201
    assert await made.get("plan") == {"queue": []}
    assert (await made.caller.create(key=found["key"])).status == 201


@pytest.mark.clause("C-ACCOUNT", "C-SHAPE")
async def test_one_wrong_part_and_nothing_is_made() -> None:
    """Everything that is wrong is named at once, by its place in the body."""
    made = Desk()
    body = {
        "balance": -1,
        "seed": True,
        "dialect": {"create_status": 299, "colour/of~it": 1, "rate_limit": "3/60"},
        "clock": {"mode": "fast", "speed": -1, "now": "yesterday"},
        "plan": {"queued_s": "1", "queue": [{}, {"timing": "slow"}]},
        "faults": [{"name": "gremlin"}],
    }
    status, code, places = await made.refused("POST", ACCOUNTS, body)
    assert (status, code) == (422, "control_invalid")
    assert sorted(places) == sorted(
        [
            "/balance",
            "/seed",
            "/dialect/create_status",
            "/dialect/colour~1of~0it",
            "/clock/mode",
            "/clock/speed",
            "/clock/now",
            "/plan/queued_s",
            "/plan/queue/1/timing",
            "/faults/0/name",
        ]
    )
    assert await made.get(ACCOUNTS) == {"accounts": []}
    assert await made.refused("POST", ACCOUNTS, {"dialect": []}) == (422, "control_invalid", ["/dialect"])
    assert await made.refused("POST", ACCOUNTS, {"dialect": {"x": 1}}) == (422, "control_invalid", ["/dialect/x"])


@pytest.mark.clause("C-ACCOUNT")
async def test_all_accounts_in_a_list() -> None:
    """Each with how many keys and tasks it has, and its balance."""
    made = await desk(balance=10)
    await made.made()
    await made.ok("POST", "keys")
    second = await made.ok("POST", ACCOUNTS)
    assert (await made.get(ACCOUNTS))["accounts"] == [
        {"account": made.account, "keys": 2, "tasks": 1, "balance": "9.88426"},
        {"account": second["account"], "keys": 1, "tasks": 0, "balance": "1000.00000"},
    ]


@pytest.mark.clause("C-ACCOUNT")
async def test_a_forgotten_account_stays_forgotten() -> None:
    """Its routes are 404 from then on, its keys 401, also under --keys open."""
    made = await desk()
    task_id = await made.made()
    assert (await made.call("DELETE", "")).status == 204
    for name in (made.account, made.key):
        for rest in ("", "/clock", "/tasks", f"/tasks/{task_id}", "/journal", "/dialect"):
            found = await made.refused("GET", f"{ACCOUNTS}/{name}{rest}")
            assert found == (404, "account_not_found", [])
    assert (await made.caller.read(task_id, key=made.key)).status == 401
    assert (await made.caller.create(key=made.key)).status == 401
    assert await made.get(ACCOUNTS) == {"accounts": []}


@pytest.mark.clause("C-ACCOUNT")
async def test_an_account_goes_by_its_id_and_by_each_of_its_keys() -> None:
    """They all name the same; another's name does not."""
    made = await desk()
    second = (await made.ok("POST", "keys"))["key"]
    await made.ok("PATCH", f"keys/{second}", {"state": "disabled"})
    states = [await made.get(f"{ACCOUNTS}/{name}") for name in (made.account, made.key, second)]
    assert states[0] == states[1] == states[2]


@pytest.mark.clause("C-ACCOUNT")
async def test_open_keys_open_their_account_here_too() -> None:
    """The control plane may be the first to use a key; a word that is no key opens nothing."""
    made = Desk()
    state = await made.get(f"{ACCOUNTS}/{KEY}")
    assert state["keys"] == [{"key": KEY, "state": "active"}]
    await made.ok("PATCH", f"{ACCOUNTS}/{KEY}/dialect", {"create_status": 201})
    assert (await made.caller.create(key=KEY)).status == 201
    for name in ("mv_live_", "mv_dead_x", "mv_live_a%20b", "acct_x", "x", "%00", "mv_live_%C3%A9"):
        assert await made.refused("GET", f"{ACCOUNTS}/{name}") == (404, "account_not_found", [])
    assert len((await made.get(ACCOUNTS))["accounts"]) == 1


@pytest.mark.clause("C-ACCOUNT")
async def test_strict_keys_open_nothing() -> None:
    """Under --keys strict only created keys are known."""
    made = await desk(Settings(keys="strict"))
    assert await made.refused("GET", f"{ACCOUNTS}/{KEY}") == (404, "account_not_found", [])
    assert (await made.caller.create(key=KEY)).status == 401
    assert (await made.caller.create(key=made.key)).status == 200


@pytest.mark.clause("C-KEYS")
async def test_keys_are_made_switched_and_deleted() -> None:
    """A disabled key is refused until it is enabled; a deleted one for ever, and its account lives on."""
    made = await desk()
    key = (await made.ok("POST", "keys", {}))["key"]
    assert (await made.caller.create(key=key)).status == 200
    assert await made.ok("PATCH", f"keys/{key}", {"state": "disabled"}) == {"key": key, "state": "disabled"}
    assert (await made.caller.create(key=key)).code == "key_disabled"
    assert {"key": key, "state": "disabled"} in (await made.get(""))["keys"]
    assert await made.ok("PATCH", f"keys/{key}", {"state": "active"}) == {"key": key, "state": "active"}
    assert (await made.caller.create(key=key)).status == 200
    assert (await made.call("DELETE", f"keys/{key}")).status == 204
    assert (await made.caller.create(key=key)).code == "unauthorized"
    assert (await made.get(""))["keys"] == [{"key": made.key, "state": "active"}]
    for method, body in (("PATCH", {"state": "active"}), ("DELETE", None)):
        assert await made.refused(method, f"keys/{key}", body) == (404, "key_not_found", [])
    assert await made.refused("GET", f"{ACCOUNTS}/{key}") == (404, "account_not_found", [])


@pytest.mark.clause("C-KEYS")
async def test_nobody_elses_key() -> None:
    """A key of another account, or of none, is not found; asking opens no account for it."""
    made = await desk()
    await made.caller.account(OTHER_KEY)
    for key in (OTHER_KEY, "mv_live_unheard", "x"):
        for method, body in (("PATCH", {"state": "disabled"}), ("DELETE", None)):
            assert await made.refused(method, f"keys/{key}", body) == (404, "key_not_found", [])
    assert len((await made.get(ACCOUNTS))["accounts"]) == 2
    assert (await made.caller.create(key=OTHER_KEY)).status == 200


@pytest.mark.clause("C-KEYS", "C-SHAPE")
@pytest.mark.parametrize("body", [{"state": "deleted"}, {"state": None}, {}, {"state": "active", "x": 1}])
async def test_a_key_has_two_states(body: object) -> None:
    """Anything else is refused, and the key is as it was."""
    made = await desk()
    assert (await made.refused("PATCH", f"keys/{made.key}", body))[:2] == (422, "control_invalid")
    assert (await made.get(""))["keys"] == [{"key": made.key, "state": "active"}]


@pytest.mark.clause("C-LEDGER", "A-NO-BALANCE")
async def test_money_runs_out_and_is_added() -> None:
    """A top-up is dated by the account's clock, and what was refused for want of money is accepted then."""
    made = await desk(balance=0.2, clock={"mode": "frozen", "now": "2026-05-05T05:05:05.678Z"})
    await made.made()
    assert (await made.caller.create(key=made.key)).status == 402
    await made.ok("POST", "clock/advance", {"seconds": 1.5})
    state = await made.ok("POST", "topup", {"amount": 0.03148})
    assert (state["balance"], state["held"], state["charged"]) == ("0.11574", "0.11574", "0.00000")
    await made.made()
    ledger = await made.get("ledger")
    assert ledger["balance"] == "0.00000"
    [topup] = [entry for entry in ledger["entries"] if entry["type"] == "topup"]
    assert topup["at"] == "2026-05-05T05:05:07.178Z"
    assert (topup["amount"], topup["task_id"], topup["idempotency_key"]) == ("0.03148", None, None)


@pytest.mark.clause("C-SHAPE")
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("0", "range"),
        ("-1", "range"),
        ("-0.0", "range"),
        ("1e10", "range"),
        ("1e300", "range"),
        ("1000000000.00001", "range"),
        ("0.000001", "decimals"),
        ("0.30000000000000004", "decimals"),
        ("1e-300", "decimals"),
        ('"1"', "type"),
        ("true", "type"),
        ("null", "type"),
        ("[1]", "type"),
        ("{}", "type"),
    ],
)
async def test_what_is_no_payment(raw: str, code: str) -> None:
    """A payment is a JSON number above 0 with at most five decimals."""
    made = await desk()
    reply = await made.call("POST", "topup", raw=f'{{"amount":{raw}}}'.encode())
    assert reply.status == 422
    [detail] = reply.json["error"]["details"]
    assert (detail["param"], detail["code"]) == ("/amount", code)
    assert (await made.get("ledger"))["entries"] == []


@pytest.mark.parametrize(
    ("raw", "balance"),
    [("0", "0.00000"), ("-0.0", "0.00000"), ("1e2", "100.00000"), ("0.00001", "0.00001"), ("1e9", "1000000000.00000")],
)
async def test_money_is_decimal(raw: str, balance: str) -> None:
    """However it is written, an amount comes out with five places and without an exponent."""
    made = Desk()
    made.account = (await made.call("POST", ACCOUNTS, raw=f'{{"balance":{raw}}}'.encode())).json["account"]
    assert (await made.get(""))["balance"] == balance


@pytest.mark.clause("C-ACCOUNT")
async def test_accounts_never_meet() -> None:
    """What is done to one account leaves the other as it was."""
    made = await desk()
    await made.made()
    other = await desk(caller=made.caller)
    before = await other.state()
    await made.ok("PATCH", "dialect", {"charge_on": "submit"})
    await made.ok("PUT", "plan", {"timing": "instant"})
    await made.ok("POST", "clock/advance", {"seconds": 1000})
    await made.ok("POST", "topup", {"amount": 5})
    await made.ok("PUT", "media", {"url": "https://a.example/v", "facts": {"kind": "video"}})
    await made.made(kling(prompt="another"))
    assert await other.state() == before
    task_id = (await made.get("tasks"))["tasks"][0]["task_id"]
    assert await other.refused("GET", f"tasks/{task_id}") == (404, "task_not_found", [])
    assert await other.refused("POST", f"tasks/{task_id}/cancel") == (404, "task_not_found", [])


async def test_an_account_that_goes_while_it_is_asked_for() -> None:
    """A call that found the account and then finds it forgotten says so."""
    made = await desk()
    account = await made.caller.store.account(made.account)
    assert account is not None
    await made.caller.store.forget(made.account)
    with pytest.raises(Exception, match="account_not_found"):
        await fork_account(made.caller.service, account)


@pytest.mark.clause("C-JOURNAL")
async def test_the_control_plane_is_never_journalled() -> None:
    """Neither what it does nor what it refuses."""
    made = await desk()
    await made.get("")
    await made.refused("GET", "nowhere", key=made.key)
    await made.refused("PATCH", "clock", {"mode": 1}, key=made.key)
    assert (await made.get("journal"))["exchanges"] == []
    assert (await made.get("/_mock/journal"))["exchanges"] == []
    assert (await made.caller.request("GET", f"{TASKS}x", key=made.key)).status == 404
    assert len((await made.get("journal"))["exchanges"]) == 1
