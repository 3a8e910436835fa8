"""The status of a task is a function of its record and the time: laws over every plan, operator and instant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.lifecycle import (
    ended_at_ms,
    events_at,
    final_change_ms,
    is_held,
    next_change_ms,
    progress_at,
    state_at,
    status_at,
    timeline,
)
from mockserver.records import TERMINAL, OperatorEvent, Plan, Task
from mockserver.tasks.operate import append
from tests.asgi import START_MS
from tests.strategies import instants, lives, task

RANK = {"queued": 0, "processing": 1, "succeeded": 2, "failed": 2, "cancelled": 2}

LIVES = lives()


def known_at(versions: list[Task], now_ms: int) -> Task:
    """The record as it stood at `now_ms`: with the operator events that had happened by then."""
    count = sum(event.at_ms <= now_ms for event in versions[-1].operator)
    return versions[count]


@pytest.mark.clause("D-STATUS", "C-TASKS")
@given(st.data(), LIVES)
def test_status_never_goes_back_and_terminal_is_final(data: st.DataObject, versions: list[Task]) -> None:
    """Between any two instants the status stays or moves on; an ended task is the same for ever."""
    earlier_ms, later_ms = sorted([data.draw(instants(versions)), data.draw(instants(versions))])
    earlier = state_at(known_at(versions, earlier_ms), earlier_ms)
    later = state_at(known_at(versions, later_ms), later_ms)
    assert RANK[earlier.status] <= RANK[later.status]
    if earlier.status in TERMINAL:
        assert later == earlier


@pytest.mark.clause("D-STATUS")
@given(st.data(), LIVES)
def test_looking_back_shows_what_was_seen_then(data: st.DataObject, versions: list[Task]) -> None:
    """What an operator does later changes nothing that a read before it has shown."""
    now_ms = data.draw(instants(versions))
    then, whole = known_at(versions, now_ms), versions[-1]
    assert state_at(whole, now_ms) == state_at(then, now_ms)
    assert events_at(whole, now_ms) == events_at(then, now_ms)
    assert progress_at(whole, now_ms) == progress_at(then, now_ms)


@pytest.mark.clause("D-EVENTS", "A-EVENT-PER-STATUS")
@given(st.data(), LIVES)
def test_events_agree_with_the_status(data: st.DataObject, versions: list[Task]) -> None:
    """The last event is the status; the first is `queued` at the create; each status is entered once, in order."""
    now_ms = data.draw(instants(versions))
    known = known_at(versions, now_ms)
    events = events_at(known, now_ms)
    assert events[-1] == state_at(known, now_ms)
    assert events[-1].status == status_at(known, now_ms)
    assert (events[0].status, events[0].at_ms) == ("queued", known.created_at_ms)
    assert [event.index for event in events] == list(range(len(events)))
    assert [RANK[event.status] for event in events] == sorted({RANK[event.status] for event in events})
    assert [event.at_ms for event in events] == sorted(event.at_ms for event in events)


@pytest.mark.clause("D-EVENTS", "A-EVENT-PER-STATUS")
@given(st.data(), LIVES)
def test_events_only_ever_grow(data: st.DataObject, versions: list[Task]) -> None:
    """An event that was shown keeps its place, its time and its name, whatever is appended later."""
    earlier_ms, later_ms = sorted([data.draw(instants(versions)), data.draw(instants(versions))])
    before = events_at(known_at(versions, earlier_ms), earlier_ms)
    after = events_at(known_at(versions, later_ms), later_ms)
    assert after[: len(before)] == before


@given(st.data(), LIVES)
def test_next_and_final_change_are_those_of_the_timeline(data: st.DataObject, versions: list[Task]) -> None:
    """Nothing happens before the next change, something does at it; the task ends at the final change, not before."""
    now_ms, whole = data.draw(instants(versions)), versions[-1]
    upcoming_ms = next_change_ms(whole, now_ms)
    now = events_at(whole, now_ms)
    if upcoming_ms is None:
        assert events_at(whole, now_ms + 10**9) == now
    else:
        assert upcoming_ms > now_ms
        assert events_at(whole, upcoming_ms - 1) == now
        assert len(events_at(whole, upcoming_ms)) > len(now)
    final_ms = final_change_ms(whole)
    if final_ms is None:
        assert status_at(whole, now_ms + 10**9) not in TERMINAL
        assert whole.plan.outcome == "stuck" or is_held(whole)
    else:
        assert status_at(whole, final_ms) in TERMINAL
        assert ended_at_ms(whole, final_ms) == final_ms
        assert final_ms == whole.created_at_ms or ended_at_ms(whole, final_ms - 1) is None
    assert timeline(whole) == events_at(whole, now_ms + 10**9)


@given(st.data(), LIVES)
def test_a_hold_gives_the_task_its_time_back(data: st.DataObject, versions: list[Task]) -> None:
    """A task that runs to its planned end has run as long as planned, not counting what it was held."""
    whole, held_ms, since_ms = versions[-1], 0, None
    for event in whole.operator:
        if event.kind == "hold":
            since_ms = event.at_ms
        elif event.kind == "release" and since_ms is not None:
            held_ms += event.at_ms - since_ms
    final_ms = final_change_ms(whole)
    if final_ms is not None and not any(event.kind in ("cancel", "outcome") for event in whole.operator):
        assert final_ms == whole.created_at_ms + whole.plan.queued_ms + whole.plan.processing_ms + held_ms


@given(st.data(), LIVES)
def test_progress_never_goes_back_while_a_task_runs(data: st.DataObject, versions: list[Task]) -> None:
    """Progress is 0 while queued, below 100 while processing, 100 when succeeded, and stands while the task is held."""
    earlier_ms, later_ms = sorted([data.draw(instants(versions)), data.draw(instants(versions))])
    known, later = known_at(versions, earlier_ms), known_at(versions, later_ms)
    progress, status = progress_at(known, earlier_ms), status_at(known, earlier_ms)
    assert 0 <= progress <= 100
    assert (progress == 100) == (status == "succeeded")
    if status == "queued":
        assert progress == 0
    if status_at(later, later_ms) not in ("failed", "cancelled"):
        assert progress <= progress_at(later, later_ms)
    if known is later and is_held(known) and status == "processing":
        assert progress == progress_at(later, later_ms)


@pytest.mark.clause("D-STATUS", "C-TIMING")
def test_the_default_life() -> None:
    """Queued for half a second, processing for two; a change due at T is there at T."""
    planned = task()
    assert [status_at(planned, START_MS + at_ms) for at_ms in (0, 499, 500, 2499, 2500)] == [
        "queued",
        "queued",
        "processing",
        "processing",
        "succeeded",
    ]


@pytest.mark.clause("C-TIMING", "A-EVENT-PER-STATUS")
def test_a_task_that_ends_at_once_still_was_queued() -> None:
    """An instant task has all three events, at one instant."""
    ended = task(plan=Plan(0, 0, "failed", "content_policy", "No."))
    assert [(event.status, event.at_ms) for event in events_at(ended, START_MS)] == [
        ("queued", START_MS),
        ("processing", START_MS),
        ("failed", START_MS),
    ]
    assert (state_at(ended, START_MS).code, state_at(ended, START_MS).message) == ("content_policy", "No.")


@pytest.mark.clause("C-TASKS")
def test_a_hold_at_the_moment_of_a_change_comes_too_late_for_it() -> None:
    """The change is there at T, so an operator at T finds the next state and holds that."""
    held = append(OperatorEvent(START_MS + 500, "hold"), task())
    assert isinstance(held, Task)
    assert status_at(held, START_MS + 10**6) == "processing"
    released = append(OperatorEvent(START_MS + 1500, "release"), held)
    assert isinstance(released, Task)
    assert final_change_ms(released) == START_MS + 3500


@pytest.mark.clause("C-TASKS")
def test_a_task_cancelled_while_held_in_the_queue_never_was_processing() -> None:
    """Its events are `queued` and `cancelled`, numbered without a gap."""
    held = append(OperatorEvent(START_MS + 100, "hold"), task())
    assert isinstance(held, Task)
    cancelled = append(OperatorEvent(START_MS + 5000, "cancel"), held)
    assert isinstance(cancelled, Task)
    assert [(event.index, event.status) for event in events_at(cancelled, START_MS + 5000)] == [
        (0, "queued"),
        (1, "cancelled"),
    ]
    assert status_at(cancelled, START_MS + 4999) == "queued"


def test_a_task_is_queued_even_before_it_was_created() -> None:
    """Should the wall clock be set back, a read still finds the task, as it began."""
    cancelled = append(OperatorEvent(START_MS, "cancel"), task())
    assert isinstance(cancelled, Task)
    for known in (task(), cancelled):
        assert [event.status for event in events_at(known, START_MS - 1)] == ["queued"]
        assert status_at(known, START_MS - 1) == "queued"


def test_progress_of_a_task_that_is_processed_in_no_time() -> None:
    """It has none until it ends; a stuck one never gets on."""
    assert progress_at(task(plan=Plan(0, 0, "stuck")), START_MS + 10) == 0
    assert progress_at(task(plan=Plan(0, 0)), START_MS) == 100
    assert progress_at(task(plan=Plan(0, 1000, "stuck")), START_MS + 5000) == 99
