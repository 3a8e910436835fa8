"""The fake is judged first: what it did wrong is never held against a client."""

import json
from dataclasses import replace
from typing import Any

import pytest

from contracts.invariants import broken
from contracts.lives import FaultAt
from contracts.run import Run
from tests.contracts.runs import GOOD, create, play, read, task_json

PRICE = "0.11574"


def entry(kind: str, task_id: str | None = "task_1", amount: str = PRICE) -> dict[str, Any]:
    return {"type": kind, "amount": amount, "task_id": task_id}


def settled(run: Run, *entries: dict[str, Any], held: str = "0.00000", charged: str = PRICE) -> Run:
    """The run, its records with a price and its ledger with these entries."""
    tasks = [{**record, "price": {"total": PRICE}} for record in run.tasks]
    return replace(run, tasks=tasks, ledger={"entries": list(entries), "held": held, "charged": charged})


def honest(*steps: Any, **more: Any) -> Run:
    """A run whose books are in order: `task_1` was held and settled."""
    return settled(play(*steps, **more), entry("topup", None), entry("hold"), entry("settle"))


def only(run: Run) -> str:
    """The one thing that is broken."""
    (sentence,) = broken(run)
    return sentence


def test_an_honest_server() -> None:
    """Calm, a replay, a fault and a mismatch that is one: nothing to say."""
    assert broken(honest(*GOOD)) == []
    lost = create(None, task_id="task_1", fault="lost_response")
    assert broken(honest(lost, create(), read("succeeded"))) == []
    other = json.dumps({"model": "kling-v3", "input": {}}).encode()
    assert broken(honest(create(), create(409, "idempotency_mismatch", sent=other), read("succeeded"))) == []
    assert broken(honest(create(409, "idempotency_in_flight"), create(), read("succeeded"))) == []
    assert broken(honest(create(key=None), read("moderating", fault="unknown_status"), read("succeeded"))) == []


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ((create(), create(task_id="task_2", body=task_json("queued", "task_2"))), "led to 2 tasks"),
        ((create(), create(body=task_json("queued", "task_9"))), "led to 2 tasks"),
        ((create(409, "idempotency_mismatch"),), "no task holds its key"),
        ((create(422), create(409, "idempotency_mismatch")), "no task holds its key"),
        ((create(), create(409, "idempotency_mismatch")), "no task holds its key"),
        ((create(key=None, task_id=None, body=task_json("queued", "task_9")),), "does not exist"),
        ((create(), read("processing"), read("queued")), "from processing back to queued"),
        ((create(), read("succeeded"), read("processing")), "from succeeded back to processing"),
        ((create(), read("succeeded"), read("failed")), "from succeeded back to failed"),
        ((create(), read("cancelled")), "was to end as succeeded"),
        ((create(), read(status=500)), "no fault says so"),
    ],
)
def test_answers(steps: tuple[Any, ...], word: str) -> None:
    """Two ids for a key, a conflict without a holder, an unknown task, a status that goes back, a 500 of its own."""
    assert any(word in sentence for sentence in broken(honest(*steps)))


def test_keys_that_expire() -> None:
    """Under a reading in which keys do not last, a second task is no fault of anybody's."""
    second = create(task_id="task_2", body=task_json("queued", "task_2"))
    run = play(create(), second, read("succeeded"), dialect={"idempotency_ttl_s": 1})
    entries = [entry(kind, task_id) for task_id in ("task_1", "task_2") for kind in ("hold", "settle")]
    assert broken(settled(run, *entries, charged="0.23148")) == []


def test_a_fault_strikes_too_often() -> None:
    """As often as the life has it, or for ever."""
    twice = (create(503, fault="status"), create(503, fault="status"), *GOOD)
    assert "struck 2 times" in only(honest(*twice, faults=[FaultAt("status", "create")]))
    assert broken(honest(*twice, faults=[FaultAt("status", "create", times=None)])) == []


def test_a_task_that_nobody_asked_for() -> None:
    """What exists was created."""
    run = honest(*GOOD)
    assert (
        "no create asked for it" in broken(replace(run, tasks=[*run.tasks, {**run.tasks[0], "task_id": "task_7"}]))[0]
    )


@pytest.mark.parametrize(
    ("entries", "held", "charged", "word"),
    [
        ([entry("hold"), entry("settle"), entry("hold")], "0", PRICE, "more than once"),
        ([entry("hold"), entry("settle"), entry("settle")], "0", PRICE, "more than once"),
        ([entry("hold"), entry("settle"), entry("charge")], "0", PRICE, "more than once"),
        ([entry("settle")], "0", PRICE, "more than once"),
        ([entry("hold", amount="0.20000"), entry("settle", amount="0.20000")], "0", "0.20000", "another price"),
        ([], "0", "0", "in no ledger entry"),
        ([entry("hold"), entry("settle")], "0", "0.23148", "sums up to"),
        ([entry("hold")], "0", PRICE, "sums up to"),
    ],
)
def test_books(entries: list[dict[str, Any]], held: str, charged: str, word: str) -> None:
    """A task is charged once, at its price, and the sums are the sums."""
    run = settled(play(*GOOD), *entries, held=held, charged=charged)
    assert any(word in sentence for sentence in broken(run))


@pytest.mark.parametrize(
    ("entries", "held", "charged"),
    [
        ([entry("hold")], PRICE, "0"),
        ([entry("hold"), entry("release")], "0", "0"),
        ([entry("charge")], "0", PRICE),
        ([entry("charge"), entry("refund")], "0", "0"),
    ],
)
def test_books_in_order(entries: list[dict[str, Any]], held: str, charged: str) -> None:
    """Held, given back, charged at once, refunded."""
    assert broken(settled(play(*GOOD), *entries, held=held, charged=charged)) == []
