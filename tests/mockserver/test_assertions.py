"""Each assertion holds where it should, and its message shows what is wrong."""

from collections.abc import Iterator

import pytest

from mockserver.assertions import (
    assert_charged,
    assert_charged_once,
    assert_no_duplicate_tasks,
    assert_no_requests,
    assert_not_charged,
    assert_one_key_per_task,
    assert_requests,
    exchange_lines,
)
from mockserver.client import Account, ControlClient
from mockserver.server import Server
from tests.requests import TASKS, create, kling, send


@pytest.fixture(scope="module")
def control() -> Iterator[ControlClient]:
    """A server for all tests here."""
    with Server(clock="frozen") as server:
        yield server.control


@pytest.fixture
def account(control: ControlClient) -> Account:
    """A fresh account whose time stands still."""
    return control.new_account()


def test_charged_once(account: Account) -> None:
    """A settled task is one charge; a hold is none, and the message says that it is open."""
    task_id = create(account, "order-1")
    assert_not_charged(account)
    with pytest.raises(AssertionError) as failed:
        assert_charged_once(account)
    first, line = str(failed.value).splitlines()
    assert first == "expected 1 charge to the account, found 0; 1 hold still open: let the account's clock advance"
    assert line.endswith(f"hold 0.11574  task {task_id}, key order-1")
    account.clock.advance(until="idle")
    assert_charged_once(account)
    assert_charged_once(account, task_id)
    with pytest.raises(AssertionError, match=f"expected 0 charges of task {task_id}, found 1\n"):
        assert_not_charged(account, task_id)


def test_charged_twice(account: Account) -> None:
    """Two charges are not one; each task of them was charged once, and another not at all."""
    tasks = [create(account), create(account)]
    account.clock.advance(until="idle")
    assert_charged(account, 2)
    with pytest.raises(AssertionError, match="expected 1 charge to the account, found 2"):
        assert_charged_once(account)
    for task_id in tasks:
        assert_charged_once(account, task_id)
    assert_not_charged(account, create(account))


@pytest.mark.parametrize("charge_on", ["success", "submit"])
def test_refunded(account: Account, charge_on: str) -> None:
    """What was given back was not charged, whenever the dialect charges."""
    account.dialect(charge_on=charge_on)
    task_id = create(account)
    account.cancel(task_id)
    assert_not_charged(account)
    assert_not_charged(account, task_id)


def test_requests(account: Account) -> None:
    """Requests are counted by method, path and status; the message lists all there were."""
    assert_no_requests(account)
    task_id = create(account, "order-1")
    send(account, f"{TASKS}/{task_id}")
    send(account, f"{TASKS}/{task_id}?a=b")
    send(account, TASKS, {})
    assert_requests(account, 4)
    assert_requests(account, 1, method="POST", status=200)
    assert_requests(account, 2, path=f"{TASKS}/{task_id}")
    assert_no_requests(account, status=500)
    with pytest.raises(AssertionError) as failed:
        assert_no_requests(account, method="POST", path=TASKS)
    assert str(failed.value).splitlines() == [
        "expected 0 requests POST /api/v1/tasks, found 2",
        f"  #1 POST /api/v1/tasks -> 200  key order-1, task {task_id}",
        f"  #2 GET /api/v1/tasks/{task_id} -> 200  task {task_id}",
        f"  #3 GET /api/v1/tasks/{task_id}?a=b -> 200  task {task_id}",
        "  #4 POST /api/v1/tasks -> 400",
    ]


def test_messages_are_short(account: Account) -> None:
    """Of many requests the last ones are shown; of none it says so."""
    with pytest.raises(AssertionError, match=r"expected 1 request of any kind, found 0\n  \(nothing\)"):
        assert_requests(account, 1)
    for _ in range(33):
        send(account, f"{TASKS}/none")
    with pytest.raises(AssertionError) as failed:
        assert_no_requests(account)
    lines = str(failed.value).splitlines()
    assert (len(lines), lines[1]) == (32, "  … 3 earlier")


def test_faults_and_silence_are_shown(account: Account) -> None:
    """A request that met a fault, and one that got no answer, are told as such."""
    create(account)
    exchange = account.journal()[0]
    exchange["fault"], exchange["status"], exchange["task_id"] = "lost_response", None, None
    assert exchange_lines([exchange]) == ["#1 POST /api/v1/tasks -> unanswered  fault lost_response"]


def test_one_key_per_task(account: Account) -> None:
    """Retries with the same key and payload are fine, however the payload is written."""
    create(account, "order-1")
    create(account, "order-1")
    reordered = dict(reversed(kling().items()))
    assert send(account, TASKS, reordered, "order-1").status == 200
    create(account, "order-2")
    assert_one_key_per_task(account)


def test_keyless_create(account: Account) -> None:
    """A create without a key is found."""
    create(account, "order-1")
    create(account)
    with pytest.raises(AssertionError, match="1 create carried no Idempotency-Key"):
        assert_one_key_per_task(account)


@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param((kling(), kling(mode="pro")), id="another input"),
        pytest.param((kling(prompt="x" * 70_000), kling(prompt="y" * 70_000)), id="cut in the journal"),
    ],
)
def test_key_with_two_payloads(account: Account, bodies: tuple[object, object]) -> None:
    """A key that came with two payloads is found."""
    for body in bodies:
        send(account, TASKS, body, "order-1")
    with pytest.raises(AssertionError, match="the Idempotency-Key 'order-1' was sent with different payloads"):
        assert_one_key_per_task(account)


def test_payload_that_is_no_json(account: Account) -> None:
    """A payload that nobody can parse is one, too."""
    send(account, TASKS, b"{", "order-1")
    send(account, TASKS, b"{", "order-1")
    assert_one_key_per_task(account)
    send(account, TASKS, b"[", "order-1")
    with pytest.raises(AssertionError, match="different payloads"):
        assert_one_key_per_task(account)


def test_duplicate_tasks(account: Account) -> None:
    """The same input submitted under two keys is found; other inputs are no duplicates."""
    create(account, "order-1", prompt="one")
    create(account, "order-2", prompt="two")
    assert_no_duplicate_tasks(account)
    task_id = create(account, "order-3", prompt="one")
    with pytest.raises(AssertionError) as failed:
        assert_no_duplicate_tasks(account)
    lines = str(failed.value).splitlines()
    assert (lines[0], len(lines)) == ("of 3 tasks, 1 repeated an earlier one", 4)
    assert lines[3].startswith(f"  {task_id} queued key order-3: ")
