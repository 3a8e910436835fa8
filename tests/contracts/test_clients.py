"""The harness on clients that are known: each culprit is caught by its own promise, no innocent is accused."""

import shutil
import sys
from collections.abc import Callable
from typing import Any

import pytest

from contracts.harness import Kind, Options, Worker, check
from contracts.run import Profile
from tests.clients.broken import Culprit, culprits
from tests.clients.reference import asynchronous, sync

WITHIN = 330
"""Lives in which every culprit is caught: the calm ones, the sweep and the pairs."""

MOST_FAULTS = 4
INNOCENT = 500
NODE = shutil.which("node") or "node"


@pytest.mark.parametrize("culprit", culprits(), ids=lambda culprit: culprit.id)
def test_a_culprit_is_caught(culprit: Culprit) -> None:
    """By its own obligation, with a counterexample that is small and breaks it every time."""
    profile = Profile(**culprit.profile)
    result = check(culprit.client, Options(lives=WITHIN, only=(culprit.id,), fail_fast=True, profile=profile))
    (ruling,) = result.rulings
    assert ruling.word in ("FAIL", "WARN"), culprit.defect
    assert not result.errors
    assert ruling.counterexample is not None
    assert len(ruling.counterexample.life.faults) <= MOST_FAULTS
    assert ruling.counterexample.agreement == (3, 3)


@pytest.mark.parametrize(
    "client",
    [
        sync.client,
        asynchronous.client,
        Worker((sys.executable, "-m", "tests.clients.reference.command", "--worker")),
        Worker((NODE, "tests/clients/reference/node.mjs", "--worker")),
    ],
    ids=["sync", "async", "python-worker", "node-worker"],
)
def test_an_innocent_is_not(client: Kind | Callable[..., Any]) -> None:
    """Nothing to say of the reference clients, at any level, and all of the musts were put to the test."""
    result = check(
        client, Options(lives=INNOCENT, profile=Profile(deadline_s=20) if isinstance(client, Worker) else Profile())
    )
    told = {ruling.obligation.id: (ruling.word, ruling.message) for ruling in result.rulings if ruling.word != "PASS"}
    told.pop("S2", None)
    told.pop("P12", None)
    assert told == {}
    assert result.lives == INNOCENT


@pytest.mark.parametrize("dialects", ["each", "all"])
def test_an_innocent_in_any_dialect(dialects: Any) -> None:
    """Nor under any reading of the page; with downloads and a deadline no promise is left untested."""
    profile = Profile(deadline_s=600, downloads=True)
    result = check(sync.client, Options(lives=INNOCENT, dialects=dialects, profile=profile))
    assert {ruling.obligation.id for ruling in result.rulings if ruling.word != "PASS"} <= {"S2"}
