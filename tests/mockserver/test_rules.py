"""Which rule a request meets: laws of the counters, and the address of a rule."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.records import Rule
from mockserver.rules import Asked, bind, fire

OPERATIONS = ("create", "read", "events", "download")

rules = st.builds(
    Rule,
    fault_id=st.sampled_from(["fault_a", "fault_b"]),
    name=st.just("status"),
    on=st.sampled_from([*OPERATIONS, "any", "task"]),
    parameters=st.just({}),
    times=st.none() | st.integers(1, 3),
    after=st.integers(0, 3),
    probability=st.none() | st.sampled_from([0.0, 0.5, 1.0]),
    expires_at_ms=st.none() | st.integers(0, 10),
    task=st.none() | st.sampled_from(["n1", "n2"]),
    attempt=st.none() | st.integers(1, 3),
)
asks = st.builds(
    Asked,
    operation=st.sampled_from([*OPERATIONS, "task"]),
    prompt=st.sampled_from(["", "a n1 prompt", "a n2 prompt"]),
    task_id=st.none() | st.sampled_from(["task_1", "task_2"]),
    now_ms=st.integers(0, 10),
    seed=st.integers(0, 3),
)


def asked(operation: str = "read", prompt: str = "", task_id: str | None = None, now_ms: int = 0) -> Asked:
    return Asked(operation, prompt, task_id, now_ms, 0)


def firings(rule: Rule, count: int, request: Asked | None = None) -> list[bool]:
    """Whether the rule fires on each of `count` equal requests."""
    book, seen = (rule,), []
    for _ in range(count):
        book, hit = fire(book, request or asked())  # type: ignore[assignment]
        seen.append(hit is not None)
    return seen


@given(st.lists(rules, max_size=4), st.lists(asks, max_size=8))
def test_counters(book: list[Rule], requests: list[Asked]) -> None:
    """At most one rule fires a request; nothing but counters changes; none fires oftener than it may or than it saw."""
    state = tuple(book)
    for request in requests:
        before = state
        state, hit = fire(before, request)
        fired = [new.fired - old.fired for old, new in zip(before, state, strict=True)]
        assert sum(fired) == (hit is not None)
        for old, new in zip(before, state, strict=True):
            assert replace(new, seen=old.seen, fired=old.fired) == old
            assert new.fired <= new.seen <= old.seen + 1
            assert new.times is None or new.fired <= max(new.times, old.fired)


@given(st.lists(rules, max_size=4), st.lists(asks, max_size=8))
def test_reproducible(book: list[Rule], requests: list[Asked]) -> None:
    """Equal rules and requests fire alike: chance is seeded."""

    def run() -> list[Rule | None]:
        state, hits = tuple(book), []
        for request in requests:
            state, hit = fire(state, request)
            hits.append(hit)
        return hits

    assert run() == run()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [True, False, False, False]),
        ({"times": None}, [True, True, True, True]),
        ({"times": 2}, [True, True, False, False]),
        ({"after": 2}, [False, False, True, False]),
        ({"after": 2, "times": None}, [False, False, True, True]),
        ({"attempt": 3}, [False, False, True, False]),
        ({"probability": 0.0}, [False, False, False, False]),
        ({"probability": 1.0}, [True, False, False, False]),
        ({"expires_at_ms": 0}, [False, False, False, False]),
        ({"expires_at_ms": 1}, [True, False, False, False]),
    ],
)
def test_when(changes: dict[str, Any], expected: list[bool]) -> None:
    """`times`, `after`, `attempt`, `probability` and the end of a rule's life say on which requests it fires."""
    assert firings(replace(Rule("fault_a", "status", "read", {}), **changes), 4) == expected


@pytest.mark.parametrize(
    ("rule", "request_", "fires"),
    [
        (Rule("f", "status", "read", {}), asked("read"), True),
        (Rule("f", "status", "read", {}), asked("events"), False),
        (Rule("f", "status", "any", {}), asked("events"), True),
        (Rule("f", "ends", "task", {}), asked("task"), True),
        (Rule("f", "status", "any", {}), asked("task"), False),
        (Rule("f", "status", "read", {}, task="n1"), asked(prompt="with n1"), True),
        (Rule("f", "status", "read", {}, task="n1"), asked(prompt="without"), False),
        (Rule("f", "read_lag_404", "read", {}, waits=True), asked(), False),
        (Rule("f", "read_lag_404", "read", {}, waits=True, bound_to="task_1"), asked(task_id="task_1"), True),
        (Rule("f", "read_lag_404", "read", {}, waits=True, bound_to="task_1"), asked(task_id="task_2"), False),
    ],
)
def test_address(rule: Rule, request_: Asked, fires: bool) -> None:
    """A rule is for an operation, a logical task, or the task it is bound to."""
    assert firings(rule, 1, request_) == [fires]


def test_the_first_matching_rule_fires_and_all_count() -> None:
    """Of two rules that match, the first fires; the second has seen the request all the same."""
    book, hit = fire((Rule("f1", "status", "read", {}), Rule("f2", "close", "read", {}, attempt=2)), asked())
    assert hit is not None
    assert hit.fault_id == "f1"
    assert [rule.seen for rule in book] == [1, 1]
    assert fire(book, asked())[1] == replace(book[1], seen=2, fired=1)


def test_chance_is_fair() -> None:
    """A probability of a half fires on about half of many requests."""
    assert 80 <= sum(firings(Rule("f", "status", "read", {}, times=None, probability=0.5), 200)) <= 120


def test_bind() -> None:
    """A rule that waits takes the next created task of its prompt, once, and lets the later ones be."""
    waiting = Rule("f1", "read_lag_404", "read", {}, waits=True, task="n1")
    other = Rule("f2", "status", "read", {})
    assert bind((waiting, other), "n2", "task_0") == (waiting, other)
    bound = bind((waiting, other), "n1", "task_1")
    assert bound == (replace(waiting, bound_to="task_1"), other)
    assert bind(bound, "n1", "task_2") == bound
