"""What lives are made of: every fault, the lives that are always run, and those that are drawn."""

from hypothesis import find, given, settings
from hypothesis import strategies as st

from contracts import drawn, sweep
from contracts.lives import FaultAt, Life, token
from contracts.run import Hints
from contracts.staging import ELSEWHERE, MOST_AT_ONCE, rules_of
from contracts.storms import Scale, operations, single, variants
from contracts.strategies import lives, task_requests
from contracts.strategies.lives import _holds_no_key
from mockserver.control.fault_rules import violations
from mockserver.faults.table import TABLE

SCALE = Scale.of(Hints())
TASK = sweep.task_of(sweep.DEFAULT_MODEL, SCALE)
USED = frozenset({"create", "read", "download", "events"})
LIVES = lives(scale=SCALE, operations=USED, readings=True)


def test_every_fault_is_tried() -> None:
    """All of the table, each variant a rule that the control plane takes."""
    faults = list(single(USED, SCALE))
    assert {fault.name for fault in faults} == set(TABLE)
    for fault in faults:
        (rule,) = rules_of(Life((TASK,), (fault,)), "http://127.0.0.1:1")
        assert violations(rule) == [], rule
    assert len({token(Life((TASK,), (fault,))) for fault in faults}) == len(faults)


def test_only_what_is_used() -> None:
    """A client that downloads nothing meets no fault on downloads; tasks go wrong for everybody."""
    assert operations("status", frozenset({"create"})) == ["create"]
    assert operations("ends", frozenset()) == ["task"]
    assert operations("output", frozenset({"create", "read"})) == []


def test_waits_outlast_the_client() -> None:
    """A stall is longer than the longest wait that is allowed for the timeout, however short or long that is."""
    for timeout_s in (0.5, 10, 60):
        scale = Scale.of(Hints(request_timeout_s=timeout_s))
        stalls = variants("stall", "read", scale)
        assert all(stall["seconds"] > timeout_s * 1.5 + 2 for stall in stalls)


def test_attempts_and_origins() -> None:
    """A fault at the third attempt lets two pass; another origin is named when the life is staged."""
    late = FaultAt("status", "create", attempt=3, times=2)
    other = FaultAt("redirect", "create", parameters={"to": ELSEWHERE})
    first, second = rules_of(Life((TASK,), (late, other)), "http://127.0.0.1:1")
    assert (first["after"], first["times"], first["task"]) == (2, 2, "[life 0-0]")
    assert second["to"] == "http://127.0.0.1:1"


def test_sweeps_are_of_different_lives() -> None:
    """No life is run twice."""
    swept = [*sweep.calm(TASK, SCALE), *sweep.faults(TASK, USED, SCALE), *sweep.pairs(TASK, SCALE)]
    assert len({token(life) for life in swept}) == len(swept)


@settings(max_examples=50)
@given(LIVES)
def test_drawn_lives(life: Life) -> None:
    """Few tasks, few faults, each a rule of the control plane on a task that is there; no text like a key."""
    assert 1 <= len(life.tasks) <= MOST_AT_ONCE
    assert len(life.faults) <= 4
    assert all(0 <= fault.task < len(life.tasks) for fault in life.faults)
    assert all(violations(rule) == [] for rule in rules_of(life, "http://127.0.0.1:1"))
    assert "mv_" not in repr(life.tasks)


def test_the_simplest_first() -> None:
    """Shrinking ends at no fault, one task, the documented example."""
    simplest = find(lives(), lambda life: True, settings=settings(database=None))
    assert (len(simplest.tasks), simplest.faults, dict(simplest.dialect)) == (1, (), {})
    assert simplest.tasks[0].input == TASK.input


def test_drawn_by_chance() -> None:
    """The same for the same chance, others for another; all different."""
    first, again, other = (list(drawn.draw_lives(LIVES, 60, chance)) for chance in (1, 1, 2))
    assert first == again
    assert first != other
    assert len({token(life) for life in first}) == 60


def test_no_more_than_there_are() -> None:
    """Where there are fewer lives than are asked for, all of them are drawn."""
    few = st.sampled_from([Life((TASK,)), Life((TASK,), seed=1)])
    assert len(list(drawn.draw_lives(few, 10, 1))) == 2
    assert list(drawn.draw_lives(few, 0, 1)) == []


def test_no_keys_in_prompts() -> None:
    """Hypothesis draws texts out of the sources; one that looks like a key is drawn again."""
    assert not _holds_no_key({"input": {"prompt": "mv_live_***"}})
    assert _holds_no_key(find(task_requests(), lambda request: True, settings=settings(database=None)))
