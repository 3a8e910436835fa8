"""P: polls, and how the end is taken."""

import pytest

from contracts.lives import FaultAt
from contracts.run import Exchange, Profile
from tests.contracts.runs import GOOD, accused, create, download, play, read, report, task_json, verdict

ENDS = {"P1": "succeeded", "P2": "failed", "P3": "cancelled"}
ANOTHER = create(key="key-2", task_id="task_2")
DEADLINE = Profile(deadline_s=60)


@pytest.mark.parametrize(("name", "end"), ENDS.items())
def test_p1_p2_p3(name: str, end: str) -> None:
    """No poll comes after the end was delivered."""
    said = [report(end)]
    assert verdict(name, play(create(), read(end), read(end), reports=said)) == "fail"
    assert verdict(name, play(create(), read(end), read(end), read(end), reports=said)) == "fail"
    assert verdict(name, play(create(), read(), read(end), reports=said)) == "pass"
    assert verdict(name, play(create(), read(), reports=[report("gave_up")])) == "untested"


@pytest.mark.parametrize(("name", "end"), ENDS.items())
def test_p1_a_read_that_confirms(name: str, end: str) -> None:
    """After a terminal create answer one read is allowed."""
    said = [report(end)]
    assert verdict(name, play(create(says=end), read(end), reports=said)) == "pass"
    assert verdict(name, play(create(says=end), read(end), read(end), reports=said)) == "fail"


def test_p1_polls_under_way() -> None:
    """A poll that was sent before the end was known, or that was slow on its way, is none after it."""
    overtaken = play(create(), read("succeeded", duration_ms=500), read("succeeded", after_s=0.2))
    assert verdict("P1", overtaken) == "pass"
    slow = play(create(), read("succeeded"), read("succeeded", fault="latency", after_s=0))
    assert verdict("P1", slow) == "pass"


def test_p1_an_end_that_was_not_delivered() -> None:
    """A poll whose answer was lost, or may have been, is to be repeated."""
    for lost in (read("succeeded", announced=999), read(status=None), read("succeeded", fault="stall")):
        assert verdict("P1", play(create(), lost, read("succeeded"))) == "pass"


def test_p1_a_url_that_has_expired() -> None:
    """One read for another URL is allowed."""
    refetched = (create(), read("succeeded"), download(403), read("succeeded"), download())
    assert verdict("P1", play(*refetched)) == "pass"
    assert verdict("P1", play(*refetched, read("succeeded"))) == "fail"
    assert verdict("P1", play(create(), read("succeeded"), download(), read("succeeded"))) == "fail"


def test_p1_of_two_tasks() -> None:
    """The end of one task does not end the other that a client made against all promises."""
    assert verdict("P2", play(create(), read("failed"), ANOTHER, read("succeeded", task_id="task_2"))) == "pass"


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_p4(end: str) -> None:
    """The word is the task's own."""
    for outcome in ("succeeded", "gave_up", "rejected"):
        assert verdict("P4", play(create(), read(end), reports=[report(outcome)])) == "fail"
    assert verdict("P4", play(create(), read(end), reports=[report(end)])) == "pass"
    assert verdict("P4", play(create(says=end), reports=[report(end)])) == "pass"
    assert verdict("P4", play(create(), read(end), reports=[report("crashed")])) == "pass"
    assert verdict("P4", play(*GOOD)) == "untested"


def test_p5() -> None:
    """After a failure nobody pays for another try on its own account."""
    for end in ("failed", "cancelled"):
        again = (create(), read(end), ANOTHER, read("succeeded", task_id="task_2"))
        assert verdict("P5", play(*again, reports=[report(task_id="task_2")])) == "fail"
        assert verdict("P5", play(create(), read(end), create(), reports=[report(end)])) == "pass"
        assert verdict("P5", play(create(says=end), ANOTHER, reports=[report(end)])) == "fail"
    assert verdict("P5", play(create(), read(), ANOTHER, read("failed"), reports=[report("failed")])) == "pass"
    assert verdict("P5", play(*GOOD)) == "untested"


def polls(*waits: float) -> tuple[Exchange, ...]:
    """A create, and polls that find nothing new so long after each other."""
    return (create(), read(after_s=0), *(read(after_s=wait) for wait in waits))


@pytest.mark.parametrize("waits", [(0, 0, 0), (0.01, 0.01, 0.01), (2, 2, 0.01, 0.01, 0.01)])
def test_p6(waits: tuple[float, ...]) -> None:
    """Next to no wait, measured by the hint of 2 s, three times in a row."""
    assert verdict("P6", play(*polls(*waits))) == "fail"


@pytest.mark.parametrize("waits", [(2, 2, 2), (0.5, 0.5, 0.5), (60, 60, 60), (0.01, 0.02, 0.04, 0.08), (0, 0, 2, 0, 0)])
def test_p6_any_interval(waits: tuple[float, ...]) -> None:
    """A first poll at once, an interval of one's own, one that grows."""
    assert verdict("P6", play(*polls(*waits))) == "pass"


def test_p6_a_claim() -> None:
    """Who claims an interval is held to it; too few polls tell nothing; polls that fail are no polls of this kind."""
    claim = Profile(poll_interval_s=(5, 10))
    assert verdict("P6", play(*polls(4, 4, 4), profile=claim)) == "fail"
    assert verdict("P6", play(*polls(4.9, 5, 6), profile=claim)) == "pass"
    assert verdict("P6", play(*polls(0, 0))) == "untested"
    failed = [read(status=503, after_s=0) for _ in range(5)]
    assert verdict("P6", play(create(), *failed)) == "untested"


def test_p7() -> None:
    """Only an id that was given is polled."""
    for path in ("undefined", "None", "req_1", ""):
        stray = read(status=404, task_id="", path=f"/api/v1/tasks/{path}", task=None)
        assert verdict("P7", play(create(), stray)) == "fail", path
    empty = read(status=404, operation="none", path="/api/v1/tasks/")
    assert verdict("P7", play(create(), empty)) == "fail"
    assert verdict("P7", play(create(), read(path="/api/v1/tasks/task%5F1"))) == "pass"
    assert verdict("P7", play(*GOOD)) == "pass"
    assert verdict("P7", play(create(None, task_id="task_1"), read())) == "fail"
    assert verdict("P7", play(create(422))) == "untested"


def test_p8() -> None:
    """Neither success nor a crash; to give up there is a warning."""
    unknown = (create(), read("moderating"))
    for outcome in ("succeeded", "crashed", "unreadable"):
        assert verdict("P8", play(*unknown, reports=[report(outcome)])) == "fail"
    assert verdict("P8", play(*unknown, reports=[report("failed")])) == "warn"
    assert verdict("P8", play(*unknown, reports=[report("gave_up")], lasts_s=599)) == "pass"
    assert verdict("P8", play(*unknown, read("succeeded"))) == "pass"
    assert verdict("P8", play(*GOOD)) == "untested"
    assert accused(play(*unknown, reports=[report("failed")])) == {"P8"}


def test_p8_no_word() -> None:
    """A status that is no text is no status."""
    assert verdict("P8", play(create(), read(body=b'{"status": 3}'), reports=[report("failed")])) == "untested"


def test_p9() -> None:
    """An older view is just another poll."""
    stale = (create(), read(), read("queued", fault="stale_read"))
    assert verdict("P9", play(*stale, reports=[report("failed")])) == "fail"
    assert verdict("P9", play(*stale, reports=[report("crashed")])) == "fail"
    assert verdict("P9", play(*stale, read("succeeded"))) == "pass"
    assert verdict("P9", play(*GOOD)) == "untested"
    assert verdict("P9", play(create(), read("queued", fault="stale_read"), read("succeeded"))) == "untested"
    assert "L1" not in accused(play(*stale, reports=[report("failed")]))


def test_p10() -> None:
    """From queued to the end at once, or ended before it was asked for."""
    for steps in ((create(says="succeeded"),), (create(), read("succeeded"))):
        assert verdict("P10", play(*steps)) == "pass"
        for outcome in ("crashed", "failed", "gave_up"):
            assert verdict("P10", play(*steps, reports=[report(outcome)])) == "fail"
    failed = (create(), read("failed"))
    assert verdict("P10", play(*failed, reports=[report("failed")])) == "pass"
    assert verdict("P10", play(*failed, reports=[report("gave_up")])) == "fail"
    assert verdict("P10", play(*failed, reports=[report("succeeded")])) == "pass"
    assert verdict("P10", play(*GOOD)) == "untested"
    assert verdict("P10", play(create(), read("queued"))) == "untested"


def test_p10_another_create() -> None:
    """A task that had ended when it was created is not created again."""
    again = (create(says="succeeded"), ANOTHER, read("succeeded", task_id="task_2"))
    assert verdict("P10", play(*again, reports=[report(task_id="task_2")])) == "fail"


def test_p10_a_download_that_fails() -> None:
    """Then `gave_up` is a fair word."""
    steps = (create(), read("succeeded"), download(403))
    assert verdict("P10", play(*steps, reports=[report("gave_up")])) == "pass"
    assert accused(play(*steps, reports=[report("gave_up")])) == set()
    assert accused(play(*steps)) == set()


MISSED = read("task_not_found", 404, fault="read_lag_404")


def test_p11() -> None:
    """Asking again is right; stopping, or another create, is not."""
    assert verdict("P11", play(create(), MISSED, read("succeeded"))) == "pass"
    assert verdict("P11", play(create(), MISSED, read(status=503), read("succeeded"))) == "pass"
    assert verdict("P11", play(create(), MISSED, reports=[report("failed")])) == "fail"
    assert verdict("P11", play(create(), MISSED, ANOTHER)) == "fail"
    assert verdict("P11", play(create(), MISSED, read(status=503), ANOTHER)) == "pass"
    assert verdict("P11", play(*GOOD)) == "untested"
    assert verdict("P11", play(create(), read(), MISSED, reports=[report("failed")])) == "untested"


def test_p11_briefly() -> None:
    """After two in a row, or in a life where it goes on for ever, a client may stop."""
    stop = [report("failed")]
    assert verdict("P11", play(create(), MISSED, MISSED, MISSED, reports=stop)) == "pass"
    endless = [FaultAt("read_lag_404", "read", times=None)]
    assert verdict("P11", play(create(), MISSED, reports=stop, faults=endless)) == "pass"
    assert verdict("P11", play(create(), MISSED, reports=[report("gave_up")], lasts_s=599)) == "pass"
    assert accused(play(create(), *[MISSED] * 4, reports=stop, faults=endless)) == set()


def test_p12() -> None:
    """A client that claims a deadline keeps it, and does not try its luck with another task."""
    stuck = (create(), read(), read())
    stop = [report("gave_up")]
    assert verdict("P12", play(*stuck, plan="stuck", reports=stop, lasts_s=55, profile=DEADLINE)) == "pass"
    assert verdict("P12", play(*stuck, plan="stuck", reports=stop, lasts_s=99, profile=DEADLINE)) == "fail"
    assert verdict("P12", play(*stuck, plan="stuck", reports=[report("hung")], profile=DEADLINE)) == "fail"
    again = play(*stuck, ANOTHER, plan="stuck", reports=stop, profile=DEADLINE)
    assert verdict("P12", again) == "fail"
    failed = play(create(), read(status=503), ANOTHER, plan="stuck", reports=stop, profile=DEADLINE)
    assert verdict("P12", failed) == "pass"
    assert verdict("P12", play(*stuck, plan="stuck", reports=stop)) == "untested"
    assert verdict("P12", play(*GOOD, profile=DEADLINE)) == "untested"
    assert verdict("P12", play(create(503), plan="stuck", reports=stop, profile=DEADLINE)) == "untested"


def test_p12_one_of_two() -> None:
    """Only the task that does not end is judged."""
    both = [report("gave_up"), report("rejected", None)]
    assert verdict("P12", play(create(), create(422, task=1), plan="stuck", reports=both, profile=DEADLINE)) == "pass"


NO_OUTPUT = [FaultAt("no_output", "task")]


def test_p14() -> None:
    """No results are made up; a bare success is a warning; a crash fails. X11 is silent here."""
    empty = (create(), read(body=task_json("succeeded", urls=[])))
    assert verdict("P14", play(*empty, faults=NO_OUTPUT)) == "fail"
    assert verdict("P14", play(*empty, reports=[report(urls=())], faults=NO_OUTPUT)) == "warn"
    assert verdict("P14", play(*empty, reports=[report("crashed")], faults=NO_OUTPUT)) == "fail"
    for outcome in ("failed", "gave_up"):
        assert verdict("P14", play(*empty, reports=[report(outcome)], faults=NO_OUTPUT)) == "pass"
    assert verdict("P14", play(*GOOD)) == "untested"
    assert verdict("P14", play(create(), read("failed"), reports=[report("failed")])) == "untested"
    assert verdict("X11", play(*empty, reports=[report("failed")], faults=NO_OUTPUT)) == "not judged"


@pytest.mark.parametrize(("name", "fault"), [("P15", "stall"), ("P16", "drip")])
def test_p15_p16(name: str, fault: str) -> None:
    """With a hint of 10 s no request lasts 17 s."""
    assert verdict(name, play(create(None, fault=fault, duration_ms=17_000), create())) == "fail"
    assert verdict(name, play(create(fault=fault, duration_ms=17_000), read("succeeded"))) == "fail"
    assert verdict(name, play(create(None, fault=fault, duration_ms=10_200), create())) == "pass"
    claim = Profile(request_timeout_s=2)
    assert verdict(name, play(create(None, fault=fault, duration_ms=10_200), create(), profile=claim)) == "fail"
    assert verdict(name, play(create(fault=fault, duration_ms=3000), read("succeeded"))) == "untested"
    assert verdict(name, play(*GOOD)) == "untested"
