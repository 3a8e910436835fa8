"""What the property tests draw: plans, histories of operators, tasks, keys, dialects."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from hypothesis import strategies as st

from contracts.strategies import dialects
from mockserver.records import OperatorEvent, Plan, Price, Task
from mockserver.tasks.operate import append
from tests.asgi import START_MS

# Few distinct lengths, so that instants often coincide.
SPANS_MS = st.sampled_from([0, 0, 1, 2, 3, 5, 100, 500, 501, 777, 2000, 5000, 9999])

KEY_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
API_KEYS = st.builds(
    lambda kind, rest: f"mv_{kind}_{rest}", st.sampled_from(["live", "test"]), st.text(KEY_CHARACTERS, min_size=8)
)

AMOUNTS = st.integers(1, 10_000_000).map(lambda number: Decimal(number).scaleb(-5))

PLANS = st.builds(
    Plan,
    queued_ms=SPANS_MS,
    processing_ms=SPANS_MS,
    outcome=st.sampled_from(["succeeded", "failed", "cancelled", "stuck"]),
    code=st.none() | st.just("content_policy"),
    message=st.none() | st.just("It is not allowed."),
)


def task(**changes: Any) -> Task:
    """A task as the default timing makes it, but for `changes`."""
    total = changes.pop("total", Decimal("0.11574"))
    members: dict[str, Any] = {
        "task_id": "task_0",
        "account_id": "acct_0",
        "request_id": "req_0",
        "api_key": "mv_live_first",
        "created_at_ms": START_MS,
        "model": "kling-v3-motion-control",
        "output": "videos",
        "body": b"{}",
        "plan": Plan(500, 2000),
        "media": (),
        "price": Price(total, None, total, changes.pop("charge_on", "success")),
    }
    return Task(**members | changes)


DEEDS = st.tuples(SPANS_MS, st.sampled_from(["hold", "release", "hold", "release", "cancel", "outcome"]))
"""What an operator does, and how long after the last deed."""


def history(start: Task, deeds: list[tuple[int, Any]]) -> list[Task]:
    """The task as it is, and after each thing an operator did to it, at times that never go back."""
    versions, at_ms = [start], start.created_at_ms
    for span_ms, kind in deeds:
        at_ms += span_ms
        after = append(OperatorEvent(at_ms, kind, "failed" if kind == "outcome" else None), versions[-1])
        if isinstance(after, Task) and after is not versions[-1]:
            versions.append(after)
    return versions


def lives(**members: Any) -> st.SearchStrategy[list[Task]]:
    """The versions of one task: as planned, then after each operator event."""
    return st.builds(
        lambda plan, late_ms, deeds: history(task(plan=plan, created_at_ms=START_MS + late_ms, **members), deeds),
        PLANS,
        SPANS_MS,
        st.lists(DEEDS, max_size=6),
    )


def instants(versions: list[Task]) -> st.SearchStrategy[int]:
    """Times around everything that is planned or done in a life."""
    task = versions[-1]
    plan = task.plan
    marks = [task.created_at_ms, task.created_at_ms + plan.queued_ms]
    marks += [marks[1] + plan.processing_ms, *(event.at_ms for event in task.operator)]
    near = [mark + by for mark in (*marks, marks[-1] + 10_000) for by in (-1, 0, 1)]
    return st.sampled_from([at_ms for at_ms in near if at_ms >= task.created_at_ms])


DIALECT_CHANGES = dialects()


@st.composite
def spellings(draw: st.DrawFn, key: str) -> str:
    """The key with some of its characters encoded, in the ways that URLs and JSON know, one within the other."""
    ways = st.sampled_from(
        [
            lambda each: each,
            lambda each: f"%{ord(each):02x}",
            lambda each: f"%{ord(each):02X}",
            lambda each: f"%25{ord(each):02x}",
            lambda each: f"%2525{ord(each):02x}",
            lambda each: f"\\u{ord(each):04x}",
            lambda each: f"\\u{ord(each):04X}",
            lambda each: f"\\\\u{ord(each):04x}",
            lambda each: f"%5Cu{ord(each):04x}",
            lambda each: f"\\u0025{ord(each):02x}",
        ]
    )
    way = draw(ways)
    return "".join((draw(ways) if draw(st.booleans()) else way)(each) for each in key)


def readings(text: str) -> set[str]:
    """All that somebody can make of the text by undoing escapes of JSON and of URLs, in any order."""
    found, new = set[str](), {text}
    while new:
        found |= new
        new = {unquote(each) for each in new} | {
            re.sub(r"\\+u([0-9A-Fa-f]{4})", lambda match: chr(int(match[1], 16)), each) for each in new
        }
        new -= found
    return found
