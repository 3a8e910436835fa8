"""Drawn plans are plans of the control plane, and of lives."""

from typing import Any

import pytest
from hypothesis import given, settings

from contracts.lives import LogicalTask
from contracts.strategies import plans
from mockserver.settings import Settings
from tests.asgi import KEY, Caller
from tests.contracts.strategies.drawing import simplest, some


@settings(max_examples=50)
@given(plans())
async def test_the_server_takes_every_plan(plan: dict[str, Any]) -> None:
    """As the account's plan, and as an entry of its queue; and it is told back as it was given."""
    caller = Caller(Settings())
    await caller.account(KEY)
    for document in (plan, {"queue": [plan]}):
        reply = await caller.request("PUT", f"/_mock/accounts/{KEY}/plan", document)
        assert reply.status == 200, reply.body
        assert reply.json | document == reply.json


@given(plans())
def test_plans_are_those_of_lives(plan: dict[str, Any]) -> None:
    """A plan is the future of a logical task."""
    task = LogicalTask("viduq3", {}, **plan)
    assert task.outcome == "failed" or (task.code, task.message) == (None, None)


def test_the_simplest_is_a_quick_success() -> None:
    """What shrinking ends at is what a life has where it says nothing."""
    plan = simplest(plans())
    assert plan == {"queued_s": 1, "processing_s": 5, "outcome": "succeeded"}
    assert LogicalTask("viduq3", {}, **plan) == LogicalTask("viduq3", {})


@pytest.mark.parametrize("outcome", ["succeeded", "failed", "cancelled", "stuck"])
def test_every_outcome_is_drawn(outcome: str) -> None:
    """With the mild timing, and for a failure without code and message, where nothing else is asked for."""
    plan = simplest(plans(), lambda plan: plan["outcome"] == outcome)
    assert plan == {"queued_s": 1, "processing_s": 5, "outcome": outcome}


def test_failures_say_why() -> None:
    """A failure may carry a code and a message."""
    plan = simplest(plans(), lambda plan: {"code", "message"} <= plan.keys())
    assert (plan["code"], plan["message"]) == ("content_policy", "The prompt is not allowed.")


def test_a_task_may_end_at_submit() -> None:
    """Both timings may be nothing."""
    assert any(plan["queued_s"] == plan["processing_s"] == 0 for plan in some(plans()))
