"""A request becomes a record with its whole future: timings, outcome, markers. Pure (API.md §8, §9).

Chance comes from a `Random` seeded by (account seed, task ordinal), so equal accounts live equal lives.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Literal, TypeVar

from mockserver.records import Outcome, Plan

Value = TypeVar("Value")

Timing = Literal["instant", "fast", "realistic"]

MARKER = re.compile(r"\[mock:([a-z]+)(?:=([^\]\s]{1,64}))?\]")
_SECONDS = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)s?\Z")


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One entry of an account's plan; every member may be left out, and then comes from the next one below."""

    timing: Timing | None = None
    queued_ms: int | None = None
    processing_ms: int | None = None
    outcome: Outcome | None = None
    code: str | None = None
    message: str | None = None


NOTHING = PlanEntry()


@dataclass(frozen=True, slots=True)
class PlanBook:
    """How an account's next tasks will go: a base, and a queue of one-shot entries, first in first out."""

    base: PlanEntry = NOTHING
    queue: tuple[PlanEntry, ...] = ()

    def take(self) -> tuple[PlanEntry, "PlanBook"]:
        """The entry for the next task, laid over the base, and the book without it."""
        if not self.queue:
            return self.base, self
        return _over(self.queue[0], self.base), PlanBook(self.base, self.queue[1:])


EMPTY_PLAN = PlanBook()


def _over(upper: PlanEntry, lower: PlanEntry) -> PlanEntry:
    """`upper` wins; a timing named above hides the seconds given below, an outcome its code and message."""
    timed = upper.timing is not None
    decided = upper.outcome is not None
    return PlanEntry(
        timing=upper.timing or lower.timing,
        queued_ms=_first(upper.queued_ms, None if timed else lower.queued_ms),
        processing_ms=_first(upper.processing_ms, None if timed else lower.processing_ms),
        outcome=upper.outcome or lower.outcome,
        code=_first(upper.code, None if decided else lower.code),
        message=_first(upper.message, None if decided else lower.message),
    )


def _first(upper: Value | None, lower: Value | None) -> Value | None:
    return lower if upper is None else upper


def markers(prompt: str) -> PlanEntry:
    """What the magic markers in a prompt ask for; unknown ones are plain text. The last of two equals wins."""
    found: dict[str, str | None] = {}
    for name, value in MARKER.findall(prompt):
        found[name] = value or None
    outcome: Outcome | None = None
    for word in ("failed", "cancelled", "stuck"):
        if word in found:
            outcome = word
            break
    return PlanEntry(
        queued_ms=_duration_ms(found.get("queued")),
        processing_ms=_duration_ms(found.get("processing")),
        outcome=outcome,
        code=found.get("failed") if outcome == "failed" else None,
    )


def _duration_ms(text: str | None) -> int | None:
    match = _SECONDS.match(text) if text else None
    return round(float(match[1]) * 1000) if match else None


def _timings_ms(timing: Timing, random: Callable[[], Random], slow: bool) -> tuple[int, int]:
    """(queued, processing) of a named timing; `slow` modes take half as long again."""
    if timing == "instant":
        return 0, 0
    if timing == "fast":
        return 500, 2000
    chance = random()
    return chance.randint(5_000, 30_000), chance.randint(60_000, 200_000) * (3 if slow else 2) // 2


def decide(entry: PlanEntry, marked: PlanEntry, default: Timing, random: Callable[[], Random], *, slow: bool) -> Plan:
    """The future of one task: markers over the account's entry over the server's timing.

    `random` makes the task's own chance; it is called only for a timing that has any.
    """
    wish = entry if marked is NOTHING else _over(marked, entry)
    queued_ms, processing_ms = _timings_ms(wish.timing or default, random, slow)
    return _timed(queued_ms, processing_ms) if wish is NOTHING else _plan(wish, queued_ms, processing_ms)


@lru_cache(maxsize=256)
def _timed(queued_ms: int, processing_ms: int) -> Plan:
    """The plan of a task that nobody wishes anything of; equal ones are one object, as most of a server are."""
    return Plan(queued_ms, processing_ms)


def _plan(wish: PlanEntry, queued_ms: int, processing_ms: int) -> Plan:
    failed = wish.outcome == "failed"
    return Plan(
        queued_ms=queued_ms if wish.queued_ms is None else wish.queued_ms,
        processing_ms=processing_ms if wish.processing_ms is None else wish.processing_ms,
        outcome=wish.outcome or "succeeded",
        code=wish.code if failed else None,
        message=wish.message if failed else None,
    )


def failed_by(plan: Plan, code: str, message: str) -> Plan:
    """The same timings, but the task fails: for a rule that is checked in the task (`duration_check: in_task`)."""
    return Plan(plan.queued_ms, plan.processing_ms, "failed", code, message)
