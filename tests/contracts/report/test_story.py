"""The life in words, and what stands beside it."""

from dataclasses import replace

from contracts.lives import FaultAt, Life, LogicalTask
from contracts.report import chain
from contracts.report.story import ALIKE, MOST_STEPS, excerpt, reported, tell
from contracts.run import Run
from tests.contracts.report.results import CRASHED, FIRST, PAID_TWICE, SECOND, TIGHT, TOO_EARLY, TWINS, found, said
from tests.contracts.runs import GOOD, create, download, exchange, play, read, report


def life(run: Run, *offending: int) -> str:
    return chain.in_words(run, frozenset(offending))


def test_the_lost_answer() -> None:
    """The life that the specification tells, in its words."""
    told = "POST → connection lost after commit → POST with another key → charged twice, 0.23148"
    assert tell(found(PAID_TWICE, "K6")).life == told


def test_only_what_led_there() -> None:
    """The chain ends with what broke the promise; how the client ended belongs to it if that came last."""
    assert life(TOO_EARLY, 1, 2) == "POST → 429 before commit, Retry-After 3 → POST with the same key 500 ms later"
    assert life(play(*GOOD)) == "POST → GET ×2 → succeeded → the client reported succeeded"
    assert life(play(*GOOD), 2) == "POST → GET"
    assert life(play(*GOOD), 3) == "POST → GET ×2 → succeeded → the client reported succeeded"


def test_how_clients_end() -> None:
    """Also when they do not."""
    for outcome, end in (("crashed", "crashed"), ("hung", "hung"), ("unreadable", "reported nothing")):
        assert life(play(create(), reports=(report(outcome),))) == f"POST → the client {end}"


def test_repetition() -> None:
    """What repeats itself is counted, and a chain has an end."""
    assert life(TIGHT) == "POST → GET ×301 → succeeded → the client reported succeeded"
    again = play(create(), *[read("unavailable", 503)] * 4, read("succeeded"))
    assert life(again) == "POST → GET → 503 unavailable ×4 → GET → succeeded → the client reported succeeded"
    turns = [create(500 + index % 2, "unavailable") for index in range(20)]
    links = life(play(*turns)).split(" → ")
    assert links[:3] == ["POST", "500 unavailable", "POST with the same key"]
    assert links.count("…") == 1
    assert len(links) == chain.MOST_LINKS + 2


def test_keys_are_compared() -> None:
    """Every create says how its key compares with those before it."""
    assert life(play(create(None, key=None), create(key=None)), 2).startswith("POST without a key → no answer")
    assert life(TWINS, 1, 2) == (
        "the same request given to two runs at once: POST for task 1 → POST for task 2 with the key of task 1"
    )
    unknown = play(create(task=None), create())
    assert life(unknown, 2).startswith("POST → POST with the same key")


def test_other_places() -> None:
    """Downloads and foreign origins are told as such, and requests that are none of the API's if they count."""
    run = play(*GOOD, download(), download(403), exchange(path="/favicon.ico", status=404))
    assert life(run).endswith("GET ×2 → succeeded → download ×2 → 403 → the client reported succeeded")
    assert life(run, 6).endswith("download ×2 → 403 → GET /favicon.ico → 404 → the client reported succeeded")
    away = play(create(), replace(read(), origin="other"))
    assert life(away, 2).startswith("POST → GET to another origin")


def test_what_is_special_about_a_life() -> None:
    """The plan of its tasks and the server's dialect come first."""
    task = LogicalTask("kling-v3", {}, outcome="stuck")
    ends = FaultAt("ends", "task", parameters={"outcome": "cancelled"})
    special = Life((task,), (ends, FaultAt("no_output", "task")), {"create_status": 201, "pending_fields": "null"})
    run = play(create(), life=special)
    assert life(run, 1).startswith(
        "under create_status=201 and pending_fields=null, a task that never ends, a task that is cancelled, "
        "a task that succeeds without output: POST"
    )


def test_a_life_before_it_is_lived() -> None:
    """Its tasks, and each fault where it strikes."""
    tasks = (LogicalTask("kling-v3", {}, 1, 5), LogicalTask("viduq3", {}, outcome="stuck"))
    faults = (FaultAt("status", "create", 1, 2, 3, {"code": 503}), FaultAt("stall", "read", times=None))
    assert list(chain.told(Life(tasks, faults))) == [
        "a task that never ends",
        "task 1: kling-v3, succeeded after 6 s",
        "task 2: viduq3, never ends",
        "fault status: create 2 of task 2, 3 times, code=503",
        "fault stall: read 1 of task 1, for ever",
    ]
    assert list(chain.told(Life(tasks[:1]))) == ["task 1: kling-v3, succeeded after 6 s"]


def test_steps() -> None:
    """Each exchange with what came of it: time, key, commit and charge, and whether it shows the break."""
    story = tell(found(PAID_TWICE, "K6"))
    assert [(step.offset_ms, step.key, step.commits, step.charge, step.is_offending) for step in story.steps] == [
        (1000, "A", True, "0.11574 held", True),
        (1500, "B", True, "0.11574 held", True),
        (3500, "", False, "", False),
        (5500, "", False, "", False),
    ]
    assert [step.task_id for step in story.steps] == [FIRST, SECOND, SECOND, SECOND]
    assert story.keys == {"A": "key-1", "B": "key-2"}
    assert story.ends == (f"the client reported succeeded {SECOND} with 1 URL, after 6.5 s",)
    assert story.money == "2 charges, 0.23148"
    assert {step.task for step in story.steps} == {None}
    assert [step.task for step in tell(found(TWINS, "K5")).steps] == [1, 2, 1, 2]


def test_paths() -> None:
    """The query belongs to the path; an empty key is shown as one."""
    step = replace(create(key="", task_id=None), query="a=1")
    story = tell(said(play(step)))
    assert story.steps[0].path == "/api/v1/tasks?a=1"
    assert story.keys == {"A": "(empty)"}
    assert not story.steps[0].commits


def test_money() -> None:
    """What was given back was not taken; a charge on submit is one."""
    refunded = play(create(), read("failed"), plan="failed", given_back=("task_1",))
    assert tell(said(refunded)).money == "nothing was charged"
    entry = {"type": "charge", "amount": "0.5", "task_id": "task_1"}
    charged = play(create(), ledger={"entries": [entry]})
    assert tell(said(charged)).money == "1 charge, 0.5"
    assert tell(said(charged)).steps[0].charge == "0.5 charged"


def test_a_replay_commits_nothing() -> None:
    """Only the create that made the task did."""
    story = tell(said(play(create(), create())))
    assert [step.commits for step in story.steps] == [True, False]


def test_many_keys() -> None:
    """After Z they are numbered."""
    story = tell(said(play(*[create(503, key=f"{number}") for number in range(28)])))
    assert list(story.keys)[24:] == ["Y", "Z", "27", "28"]


def test_last_words() -> None:
    """A client that crashed is heard, without the key; one that did not has nothing to add."""
    assert tell(found(CRASHED, "L2")).last_words == ("Traceback", r"  \x1b[31mmv_live_***")
    assert tell(found(PAID_TWICE, "K6")).last_words == ()


def test_reports() -> None:
    """What the client said, or why nothing of it counts."""
    assert reported(report("gave_up", None)) == "reported gave_up"
    assert reported(report("hung", detail="no end in 30 s")) == "hung: no end in 30 s"
    assert reported(report("crashed", detail="killed by SIGKILL.")) == "crashed: killed by SIGKILL"
    assert reported(report("unreadable")) == "reported nothing that can be read"
    twins = tell(found(TWINS, "K5")).ends
    assert [end.partition(":")[0] for end in twins] == ["task 1", "task 2"]


def test_excerpt() -> None:
    """Many that are alike are told as one, few are not; none is lost in the count."""
    steps = tell(found(TIGHT, "P6")).steps
    shown = excerpt(steps)
    assert sum(1 + step.repeated for step in shown) == len(steps)
    assert len(shown) < ALIKE + 5
    assert excerpt(steps[:ALIKE]) == list(steps[:ALIKE])
    repeated = max(shown, key=lambda step: step.repeated)
    assert repeated.until_ms - repeated.offset_ms == repeated.repeated


def test_a_long_excerpt() -> None:
    """Where all are different the middle is left out, and counted."""
    steps = tell(said(play(*[create(503, key=f"{number}") for number in range(100)]))).steps
    shown = excerpt(steps)
    assert len(shown) == MOST_STEPS
    assert [step.left_out for step in shown if step.left_out] == [40]
