"""A task as the public API shows it, parsed back in every dialect (D-READ, D-EVENTS, API.md §2)."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.dialect import DEFAULT, Dialect, merge
from mockserver.ledger import cost_actual
from mockserver.lifecycle import events_at, progress_at, state_at
from mockserver.records import TERMINAL, Plan, Price, Task
from mockserver.wire.task import event_id, is_final, output_urls, render, render_events, sse_event
from mockserver.wire.values import iso
from tests.asgi import START_MS, dialect
from tests.strategies import AMOUNTS, DIALECT_CHANGES, instants, lives, task

BASE = "http://mock.example:8000"
DOCUMENTED = ["request_id", "task_id", "status", "cost_estimate", "cost_actual", "output", "error"]
EXTRA = ["model", "created_at", "updated_at", "progress"]


def shown(task: Task, now_ms: int, spoken: Dialect) -> dict[str, Any]:
    text = render(task, now_ms, spoken, "req_now", lambda: BASE)
    parsed: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return parsed


@pytest.mark.clause("D-READ", "D-OUTPUT", "D-COST", "A-PENDING-FIELDS", "A-FAILED-ERROR", "A-EXTRA-FIELDS")
@pytest.mark.clause("A-REQUEST-ID-OF", "A-COST-ENDED")
@given(st.data(), lives(files=2, output="images"), AMOUNTS, DIALECT_CHANGES)
def test_a_task_can_be_read_back(
    data: st.DataObject, versions: list[Task], amount: Decimal, changes: dict[str, object]
) -> None:
    """Status, costs, output and error say what the record says, under every setting; members stand in one order."""
    spoken = merge(DEFAULT, changes)
    assert isinstance(spoken, Dialect)
    known = replace(versions[-1], price=Price(amount, None, amount, "success"))
    now_ms = data.draw(instants(versions))
    answer, state = shown(known, now_ms, spoken), state_at(known, now_ms)
    assert answer["request_id"] == ("req_0" if spoken.request_id_of == "task" else "req_now")
    assert (answer["task_id"], answer["status"]) == (known.task_id, state.status)
    assert Decimal(answer["cost_estimate"]) == amount
    actual = cost_actual(known, now_ms)
    expected: dict[str, Any] = {"cost_actual": actual, "output": None, "error": None}
    if state.status == "succeeded":
        expected["output"] = {"images": [{"url": url} for url in output_urls(known, BASE)]}
    if state.status == "failed" and spoken.failed_error != "absent":
        message = state.message or "The generation failed."
        error = {"code": state.code or "generation_failed", "message": message}
        expected["error"] = error if spoken.failed_error == "object" else message
    for name, value in expected.items():
        assert answer.get(name) == value
        assert (name in answer) == (value is not None or spoken.pending_fields == "null")
    members = [name for name in DOCUMENTED if name in answer]
    if spoken.extra_fields == "some":
        members += EXTRA
        assert [answer[name] for name in EXTRA] == [
            known.model,
            iso(known.created_at_ms),
            iso(state.at_ms),
            progress_at(known, now_ms),
        ]
    assert list(answer) == members


@pytest.mark.clause("D-EVENTS", "A-EVENTS-FORMAT", "A-EVENT-PER-STATUS")
@given(st.data(), lives(), st.sampled_from(["object", "array", "sse"]))
def test_events_can_be_read_back(data: st.DataObject, versions: list[Task], form: str) -> None:
    """Every form of the events holds the same: one for each status entered, with its id, type and time."""
    known, now_ms = versions[-1], data.draw(instants(versions))
    changes = events_at(known, now_ms)
    expected = [
        {
            "event_id": event_id(known, change.index),
            "type": f"task.{change.status}",
            "status": change.status,
            "created_at": iso(change.at_ms),
        }
        for change in changes
    ]
    assert len({each["event_id"] for each in expected}) == len(expected)
    if form == "sse":
        for change, event in zip(changes, expected, strict=True):
            lines = sse_event(known, change).decode().split("\n")
            assert lines[:2] == [f"id: {event['event_id']}", f"event: {event['type']}"]
            assert json.loads(lines[2].removeprefix("data: ")) == event
            assert lines[3:] == ["", ""]
        return
    answer = json.loads(render_events(known, now_ms, dialect(events_format=form)))
    assert answer == (expected if form == "array" else {"task_id": known.task_id, "events": expected})
    assert is_final(changes[-1]) == (state_at(known, now_ms).status in TERMINAL)


@pytest.mark.clause("D-READ", "D-COST")
def test_the_answer_of_the_documented_example() -> None:
    """Before its end: no cost_actual, no output; after it both, in the documented order."""
    ended_ms = START_MS + 2500
    assert render(task(), START_MS, DEFAULT, "req_1", lambda: BASE) == (
        b'{"request_id":"req_0","task_id":"task_0","status":"queued","cost_estimate":0.11574}'
    )
    assert render(task(), ended_ms, DEFAULT, "req_1", lambda: BASE) == (
        b'{"request_id":"req_0","task_id":"task_0","status":"succeeded","cost_estimate":0.11574,'
        b'"cost_actual":0.11574,"output":{"videos":[{"url":"http://mock.example:8000/outputs/acct_0/task_0/0.mp4"}]}}'
    )


@pytest.mark.clause("A-COST-ENDED")
def test_a_failed_task_costs_nothing() -> None:
    """`cost_actual` is 0, not null and not left out."""
    failed = task(plan=Plan(0, 0, "failed", "content_policy", "It is not allowed."))
    assert shown(failed, START_MS, DEFAULT)["cost_actual"] == 0
    assert shown(failed, START_MS, DEFAULT)["error"] == {"code": "content_policy", "message": "It is not allowed."}


@pytest.mark.clause("H-NO-ECHO")
def test_a_failure_that_spells_a_key_is_cut() -> None:
    """A marker in the prompt may put one there."""
    failed = task(plan=Plan(0, 0, "failed", "mv_live_abc", "mv_test_abc"))
    assert shown(failed, START_MS, DEFAULT)["error"] == {"code": "mv_live_***", "message": "mv_test_***"}


def test_the_base_is_only_asked_for_where_there_is_something_to_link_to() -> None:
    """A poll of an unfinished task works out no URL."""

    def never() -> str:
        raise AssertionError

    assert render(task(), START_MS, DEFAULT, "req_1", never)
