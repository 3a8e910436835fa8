"""The harness end to end, on clients small enough to be read at a glance."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts import hold
from contracts.crew import Crew, Function, hints_for
from contracts.docket import Docket
from contracts.harness import Command, Options, Progress, Worker, check, replay
from contracts.lives import FaultAt, Life, LogicalTask
from contracts.obligations.registry import OBLIGATIONS
from contracts.run import Hints, Profile
from contracts.storms import Scale
from contracts.sweep import DEFAULT_MODEL, task_of
from contracts.verdicts import Result, Ruling
from tests.clients.broken import k2, r4, x9
from tests.clients.reference import sync

LIVES = 345
"""Enough for some to be drawn."""

LOST = Life((task_of(DEFAULT_MODEL, Scale.of(Hints())),), (FaultAt("lost_response", "create"),))


def ruling(result: Result, name: str) -> Ruling:
    return next(each for each in result.rulings if each.obligation.id == name)


def words(result: Result) -> dict[str, str]:
    return {each.obligation.id: each.word for each in result.rulings}


def test_the_same_twice() -> None:
    """For one seed: the same verdicts, and for each failure the same smallest life."""
    results = [check(k2.client, Options(lives=LIVES, seed=7)) for _ in range(2)]
    assert words(results[0]) == words(results[1])
    tokens = [[each.counterexample and each.counterexample.token for each in result.rulings] for result in results]
    assert tokens[0] == tokens[1]
    assert words(results[0])["K2"] == words(results[0])["K6"] == "FAIL"
    assert results[0].verdict == "fail"
    assert results[0].exit_code == 1
    assert results[0].cost > 0


def test_a_token_replays() -> None:
    """Twenty times of twenty: the life of the counterexample breaks the promise again, and others not."""
    found = ruling(check(k2.client, Options(only=("K2",), fail_fast=True)), "K2").counterexample
    assert found is not None
    assert len(found.life.faults) == 1
    result = replay(k2.client, found.life, Options(), times=20)
    assert result.lives == 20
    again = ruling(result, "K2")
    assert (again.word, again.judged) == ("FAIL", 20)
    assert again.counterexample is not None
    assert again.counterexample.agreement == (20, 20)
    assert replay(sync.client, found.life, Options(), times=2).verdict == "pass"


def test_fail_fast() -> None:
    """One failure is enough: no more lives are begun."""
    result = check(r4.client, Options(only=("R4",), fail_fast=True))
    assert words(result) == {"R4": "FAIL"}
    assert result.lives < 100


def test_time_is_up() -> None:
    """No life begins after `max_time_s`; what was not tried is said to be so, and no life at all is no pass."""
    result = check(sync.client, Options(max_time_s=0))
    assert result.lives == 0
    assert set(words(result).values()) == {"NOT_EXERCISED"}
    assert (result.verdict, result.exit_code) == ("error", 2)
    assert replace(result, errors=()).verdict == "pass"
    assert replace(result, errors=(), strict=True).verdict == "fail"


def test_progress() -> None:
    """Whoever watches is told of every life of every phase, and of what is broken so far."""
    seen: list[Progress] = []
    check(k2.client, Options(lives=LIVES, only=("K2",)), seen.append)
    assert list(dict.fromkeys(each.phase for each in seen)) == ["calm", "sweep", "pairs", "drawn", "shrinking K2"]
    assert sum(each.phase != "shrinking K2" for each in seen) == LIVES
    assert seen[-1].failing == ("K2",)
    again: list[Progress] = []
    replay(k2.client, LOST, Options(), 2, again.append)
    assert [(each.phase, each.done, each.total) for each in again] == [("replay", 1, 2), ("replay", 2, 2)]


@pytest.mark.parametrize("dialects", ["each", "all"])
def test_readings(dialects: Any) -> None:
    """The client is held to the contract under every reading of the page, and told under which it breaks."""
    result = check(x9.client, Options(only=("X9", "K1"), dialects=dialects, lives=400))
    assert words(result) == {"K1": "PASS", "X9": "FAIL"}
    assert (
        "create_status=201"
        in ruling(check(_only_200, Options(only=("L1",), dialects=dialects, lives=8)), "L1").readings
    )


def _only_200(base_url: str, api_key: str, request: Any, sleep: Callable[[float], None]) -> Any:
    """Takes nothing but 200 for a success."""

    class Strict(sync.Client):
        def verdict(self, operation: Any, answer: Any) -> Any:
            if operation == "create" and answer.status in (201, 202):
                raise sync.Stopped("gave_up", "That is no 200.")
            return super().verdict(operation, answer)

    return Strict.call(base_url, api_key, request, sleep)


def test_jobs() -> None:
    """Several processes come to the same rulings as one."""
    function = Function("tests.clients.broken.k2:client")
    one = check(function, Options(lives=60, only=("K2", "K6", "P1")))
    two = check(function, Options(lives=60, only=("K2", "K6", "P1"), jobs=2))
    assert words(one) == words(two)
    assert [each.judged for each in one.rulings] == [each.judged for each in two.rulings]
    assert one.client == two.client == "tests.clients.broken.k2:client"


def test_models() -> None:
    """Any model of the catalogue can be what the client is asked for."""
    asked: set[str] = set()

    def client(base_url: str, api_key: str, request: Any, sleep: Callable[[float], None]) -> Any:
        asked.add(request["model"])
        return sync.client(base_url, api_key, request, sleep)

    slugs = ("kling-v3", "gpt-image-2")
    assert check(client, Options(lives=LIVES, models=slugs)).verdict == "pass"
    assert asked == set(slugs)


def test_what_cannot_be_asked_for() -> None:
    """Unknown ids, models and functions are named, before anything is run."""
    with pytest.raises(ValueError, match="no obligation Z9"):
        check(sync.client, Options(only=("K1", "Z9")))
    with pytest.raises(ValueError, match="no obligation Z8"):
        replay(sync.client, LOST, Options(known_failing={"Z8": "why not"}))
    with pytest.raises(ValueError, match="no model kling-v9"):
        check(sync.client, Options(models=("kling-v9",)))
    for name, why in (
        ("nothing", "write module:function"),
        ("nowhere:client", "cannot be loaded"),
        ("contracts.run:nothing", "cannot be loaded"),
        ("contracts.sweep:DEFAULT_MODEL", "is no function"),
    ):
        with pytest.raises(ValueError, match=why):
            check(Function(name), Options())


def test_a_function_of_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`module:function` is looked for in the current folder too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(os.devnull)
    Path("a_client_here.py").write_text("class Api:\n    @staticmethod\n    def call(*given):\n        return 1\n")
    assert Function("a_client_here:Api.call").load()() == 1


def test_known_failing() -> None:
    """A failure that is known is no failure; one that is mended is."""
    known = {"K2": "ticket 1", "K6": "ticket 2"}
    result = check(k2.client, Options(lives=LIVES, only=("K2", "K6"), known_failing=known))
    assert [(each.word, each.known) for each in result.rulings] == [("FAIL", "ticket 1"), ("FAIL", "ticket 2")]
    assert result.verdict == "pass"
    assert check(sync.client, Options(lives=60, only=("K2",), known_failing=known)).verdict == "fail"


def test_luck_is_no_failure() -> None:
    """What is broken once, and not again in the same life, is inconclusive: the client is not accused."""
    runs = 0

    def moody(base_url: str, api_key: str, request: Any, sleep: Callable[[float], None]) -> Any:
        nonlocal runs
        runs += 1
        if runs == 3:
            raise RuntimeError("just once")
        return sync.client(base_url, api_key, request, sleep)

    found = ruling(check(moody, Options(lives=8, only=("L2",))), "L2")
    assert (found.word, found.counterexample) == ("INCONCLUSIVE", None)
    assert "mv1." in found.message


def test_luck_hides_nothing() -> None:
    """Where the smallest life that broke a promise was bad luck, the next one that did is looked at."""
    runs = 0

    def moody(base_url: str, api_key: str, request: Any, sleep: Callable[[float], None]) -> Any:
        nonlocal runs
        runs += 1
        outcome = sync.client(base_url, api_key, request, sleep)
        if runs == 1 or outcome["outcome"] == "failed":
            raise RuntimeError("upset")
        return outcome

    found = ruling(check(moody, Options(lives=2, only=("L2",))), "L2")
    assert found.word == "FAIL"
    assert found.counterexample is not None
    assert [task.outcome for task in found.counterexample.life.tasks] == ["failed"]


def test_what_is_sure_is_told() -> None:
    """Where the worse of two failures does not come again, the lesser one is still told."""
    keys = iter(["twice-1763860000", "twice-1763860000"])

    class Clock(sync.Client):
        def new_key(self) -> str:
            return next(keys, f"task_{1763860000 + next(numbers)}")

    numbers = iter(range(10**6))
    found = ruling(check(Clock.call, Options(lives=5, only=("K8",))), "K8")
    assert found.word == "WARN"
    assert "just a time" in found.message


def test_luck_in_shrinking() -> None:
    """A life that shrank by luck is given up for the one that breaks the promise surely."""
    calm = 0

    class Moody(sync.Client):
        def run(self) -> Any:
            nonlocal calm
            outcome = super().run()
            if self.has_lost or (calm := calm + 1) == 1:
                raise RuntimeError("upset")
            return outcome

        has_lost = False

        def backoff_s(self, tries: int) -> float:
            self.has_lost = True
            return super().backoff_s(tries)

    crew = Crew(Function("moody", Moody.call), Profile(), Hints(), 1, ("L2",))
    docket = Docket(crew, ("L2",), 50)
    try:
        for evidence in crew.live([LOST]):
            docket.add(evidence)
        (found,) = docket.rulings({}, 3)
    finally:
        crew.close()
    assert found.word == "FAIL"
    assert found.counterexample is not None
    assert found.counterexample.life == LOST


def test_hold() -> None:
    """As a test: nothing for a client that keeps its promises, else the life in words."""
    passed = hold(sync.client, Options(lives=30))
    assert passed.verdict == "pass"
    with pytest.raises(AssertionError) as told:
        hold(k2.client, Options(lives=60))
    text = str(told.value)
    assert OBLIGATIONS["K2"].promise in text
    assert "mv1." in text


def test_kinds() -> None:
    """Clients in real time are told to be quick; those in virtual or compressed time need not be."""
    assert str(Command(("node", "client.mjs"))) == "node client.mjs"
    assert str(Worker(("node", "client.mjs"))) == "node client.mjs"
    assert hints_for(Command(("a",))).poll_interval_s < 1
    assert hints_for(Worker(("a",))) == hints_for(Command(("a",)))
    assert hints_for(Command(("a",), 20)) == hints_for(Function("a:b")) == Hints()


def test_a_harness_error() -> None:
    """A life that the fake does not live up to says nothing of the client, and the check is an error."""
    crew = Crew(Function("sync", sync.client), Profile(), Hints(), 1, ())
    docket = Docket(crew, ("K1",), 0)
    try:
        (evidence,) = crew.live([Life((LogicalTask(DEFAULT_MODEL, LOST.tasks[0].input),))])
        docket.add(replace(evidence, errors=("The fake forgot a task.",)))
    finally:
        crew.close()
    assert docket.errors == ["The fake forgot a task."]
