"""R: retries and waits."""

import pytest

from contracts.lives import FaultAt
from contracts.run import Exchange, Profile
from tests.contracts.runs import DATE, GOOD, accused, create, play, read, report, verdict

GAVE_UP = [report("gave_up", None)]
ENDLESS = [FaultAt("status", "create", times=None), FaultAt("status", "read", times=None)]
IN_5_S = ("Retry-After", "Mon, 23 Nov 2026 10:00:05 GMT")


def told(seconds: object, status: int = 429, after_s: float = 1) -> tuple[Exchange, ...]:
    """A create told to come back later, and a retry."""
    return (create(status, answer=[("Retry-After", str(seconds))], fault="status"), create(after_s=after_s))


@pytest.mark.parametrize("fault", ["status", "lost_request", "close", "rate_limited", "gateway_html"])
def test_r1(fault: str) -> None:
    """A create that met a transient fault is sent once more at least."""
    failed = create(None if fault in ("lost_request", "close") else 503, fault=fault)
    assert verdict("R1", play(failed, reports=GAVE_UP)) == "fail"
    assert verdict("R1", play(failed, failed, reports=GAVE_UP)) == "pass"
    assert verdict("R1", play(failed, create(), read("succeeded"))) == "pass"


def test_r1_who_need_not() -> None:
    """No key, a client that says it does not retry, one attempt claimed, a server that is down, a deadline."""
    failed = create(503, fault="status")
    assert verdict("R1", play(create(503, key=None), reports=GAVE_UP)) == "untested"
    assert verdict("R1", play(failed, reports=GAVE_UP, profile=Profile(retries_create=False))) == "untested"
    assert verdict("R1", play(failed, reports=GAVE_UP, profile=Profile(max_attempts=1))) == "pass"
    assert verdict("R1", play(create(None, fault="refuse"), reports=GAVE_UP)) == "pass"
    assert verdict("R1", play(failed, reports=GAVE_UP, lasts_s=599)) == "pass"
    later = create(429, fault="status", answer=[("Retry-After", "100000")])
    assert verdict("R1", play(later, reports=GAVE_UP)) == "pass"
    assert verdict("R1", play(failed, reports=GAVE_UP, faults=ENDLESS)) == "pass"
    three = [FaultAt("status", "create"), FaultAt("lost_request", "create", attempt=2, times=2)]
    assert verdict("R1", play(failed, reports=GAVE_UP, faults=three)) == "pass"
    assert verdict("R1", play(*GOOD)) == "untested"


def test_r1_html_is_another_matter() -> None:
    """A page under 200 leaves the outcome unknown: that is X2's."""
    page = create(200, body=b"<html>", task_id=None, fault="gateway_html")
    assert verdict("R1", play(page, reports=GAVE_UP)) == "untested"


def test_r2() -> None:
    """A poll that fails is followed by another one."""
    for failed in (read(status=503), read(status=None), read(body=b"{"), read(announced=999)):
        stopped = play(create(), failed, reports=[report("gave_up")])
        assert verdict("R2", stopped) == "fail"
        assert verdict("R2", play(create(), failed, failed, reports=[report("gave_up")])) == "fail"
        assert verdict("R2", play(create(), failed, read("succeeded"))) == "pass"
    assert verdict("R2", play(*GOOD)) == "untested"


def test_r2_who_may_stop() -> None:
    """After more than two in a row, or as many as are claimed, a client may stop."""
    stop, failed = [report("gave_up")], read(status=503)
    assert verdict("R2", play(create(), failed, failed, failed, reports=stop)) == "pass"
    assert verdict("R2", play(create(), failed, failed, reports=stop, profile=Profile(max_attempts=2))) == "pass"
    assert verdict("R2", play(create(), failed, failed, reports=stop, profile=Profile(max_attempts=4))) == "fail"
    assert verdict("R2", play(create(), failed, reports=stop, faults=ENDLESS)) == "pass"


def test_r3() -> None:
    """What was refused for good is not sent again, under whatever key."""
    for status in (400, 401, 402, 403, 413, 415, 422):
        for key in ("key-1", "key-2"):
            assert verdict("R3", play(create(status), create(key=key))) == "fail"
        assert verdict("R3", play(create(status), reports=[report("rejected", None)])) == "pass"
    assert verdict("R3", play(create(429), create())) == "untested"
    assert verdict("R3", play(create(400, body=b"{", fault="garbage"), create())) == "untested"


def test_r4() -> None:
    """Seconds are a floor: early is wrong, late is not."""
    assert verdict("R4", play(*told(5, after_s=4))) == "fail"
    assert verdict("R4", play(*told(5, after_s=5))) == "pass"
    assert verdict("R4", play(*told(5, after_s=60))) == "pass"
    for value in ("0", "-1", "0.5", "soon", "Mon, 23 Nov 2026 10:00:05 GMT"):
        assert verdict("R4", play(*told(value, after_s=0))) == "untested", value
    assert verdict("R4", play(*told(5, 503, after_s=4))) == "untested"
    assert verdict("R4", play(create(429), create())) == "untested"


def test_r5() -> None:
    """A date is a floor, read against the answer's own `Date`, to the second."""
    for after_s, expected in ((3, "fail"), (4.5, "pass"), (9, "pass")):
        assert verdict("R5", play(create(429, answer=[DATE, IN_5_S]), create(after_s=after_s))) == expected
    past = ("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")
    for value in (past, ("Retry-After", "5"), ("Retry-After", "Mon, 23 Nov 2026 25:00:05 GMT")):
        assert verdict("R5", play(create(429, answer=[DATE, value]), create(after_s=0))) == "untested"
    assert verdict("R5", play(create(503, answer=[DATE, IN_5_S]), create(after_s=0))) == "untested"


def test_r5_without_a_date_in_the_answer() -> None:
    """Then the account's clock is what the date is read against."""
    until = ("Retry-After", "Thu, 01 Jan 1970 00:16:51 GMT")
    assert verdict("R5", play(create(429, answer=[until]), create(after_s=2))) == "fail"
    assert verdict("R5", play(create(429, answer=[until, ("Date", "today")]), create(after_s=9.5))) == "pass"


def test_r9() -> None:
    """Either form counts on 503 too, and on polls."""
    seconds = ("Retry-After", "5")
    for value in (seconds, IN_5_S):
        for status in (429, 503):
            polls = (create(), read(status=status, answer=[DATE, value]))
            assert verdict("R9", play(*polls, read(after_s=1))) == "fail"
            assert verdict("R9", play(*polls, read(after_s=5))) == "pass"
        assert verdict("R9", play(create(503, answer=[DATE, value]), create(after_s=1))) == "fail"
    assert verdict("R9", play(create(429, answer=[seconds]), create(after_s=1))) == "untested"
    assert verdict("R9", play(create(), read(status=500, answer=[seconds]), read(after_s=1))) == "untested"


def test_r7() -> None:
    """No crash, no loop; giving up is fine, and so is a wait of one's own."""
    odd = create(503, fault="odd_retry_after", answer=[("Retry-After", "-1")])
    quick = create(503, fault="odd_retry_after", after_s=0.002)
    for outcome in ("crashed", "unreadable"):
        assert verdict("R7", play(odd, reports=[report(outcome, None)])) == "fail"
    assert verdict("R7", play(odd, quick, quick, quick, reports=GAVE_UP)) == "fail"
    assert verdict("R7", play(odd, quick, quick, reports=GAVE_UP)) == "pass"
    assert verdict("R7", play(odd, odd, odd, odd, create(), read("succeeded"))) == "pass"
    assert verdict("R7", play(odd, reports=GAVE_UP)) == "pass"
    assert verdict("R7", play(create(503), create())) == "untested"
    assert verdict("R4", play(odd, create(after_s=0))) == "not judged"


def failing(*waits: float) -> list[Exchange]:
    """A create that fails, and as many more as there are waits."""
    return [create(503), *(create(503, after_s=wait) for wait in waits)]


@pytest.mark.parametrize("waits", [(1, 1, 1), (0, 0, 0, 0), (0.5, 0.51, 0.5, 0.52)])
def test_r10(waits: tuple[float, ...]) -> None:
    """Waits that stay the same are no backing off."""
    assert verdict("R10", play(*failing(*waits), reports=GAVE_UP)) == "fail"


@pytest.mark.parametrize("waits", [(1, 2, 4), (0.9, 0.3, 3.1), (2, 1, 0.7), (1, 1, 1.5), (0.1, 2, 4)])
def test_r10_jitter(waits: tuple[float, ...]) -> None:
    """Under full jitter a single wait may shrink."""
    assert verdict("R10", play(*failing(*waits), reports=GAVE_UP)) == "pass"


def test_r10_what_is_not_judged() -> None:
    """Too few waits, waits that the server asked for, failed polls at a fixed interval."""
    assert verdict("R10", play(create(503), create(503), create(503))) == "untested"
    waits = [create(429, answer=[("Retry-After", "1")]) for _ in range(5)]
    assert verdict("R10", play(*waits, reports=GAVE_UP)) == "untested"
    polls = [read(status=503) for _ in range(5)]
    assert verdict("R10", play(create(), *polls, reports=GAVE_UP)) == "untested"


def test_r10_what_a_transport_sends_again() -> None:
    """At once, on a connection that was closed under it, the same bytes under the same key: that is no wait."""
    closed = create(None, fault="close")
    again = create(None, fault="close", after_s=0.01)
    assert verdict("R10", play(closed, again, reports=GAVE_UP)) == "untested"
    longer = [closed, again, create(None, fault="close"), create(None, fault="close", after_s=0.01)]
    assert verdict("R10", play(*longer, create(503, after_s=2), create(after_s=4), read("succeeded"))) == "pass"
    keyless = [create(None, fault="close", key=None, after_s=0.01) for _ in range(4)]
    assert verdict("R10", play(*keyless, reports=GAVE_UP)) == "fail"


def test_r12() -> None:
    """Twenty attempts, or as many as are claimed."""
    creates = [create(503, fault="status") for _ in range(21)]
    reads = [read(status=503, fault="status") for _ in range(21)]
    for steps in (creates, [create(), *reads], [create(), *(read(status=404, fault="status") for _ in range(21))]):
        assert verdict("R12", play(*steps, reports=GAVE_UP, faults=ENDLESS)) == "fail"
        assert verdict("R12", play(*steps[:-1], reports=GAVE_UP, faults=ENDLESS)) == "pass"
    three = Profile(max_attempts=3)
    assert verdict("R12", play(*creates[:4], reports=GAVE_UP, faults=ENDLESS, profile=three)) == "fail"
    assert verdict("R12", play(*creates[:3], reports=GAVE_UP, faults=ENDLESS, profile=three)) == "pass"
    assert verdict("R12", play(*creates[:2], create(), read("succeeded"))) == "untested"


def test_r12_the_deadline() -> None:
    """Whichever comes first."""
    late = read(status=503, fault="status", after_s=700)
    polls = (create(), read(status=503, fault="status"), late)
    assert verdict("R12", play(*polls, reports=GAVE_UP, faults=ENDLESS)) == "fail"


def test_r12_hops_and_conflicts_do_not_count() -> None:
    """Neither is an attempt."""
    hop = create(307, fault="redirect", answer=[("Location", "/api/v1/tasks")])
    steps = [create(503, fault="status"), hop] * 15
    assert verdict("R12", play(*steps, reports=GAVE_UP, faults=ENDLESS)) == "pass"


def test_r16() -> None:
    """A failed poll, then another task: the first one is still being paid for."""
    another = create(key="key-2", task_id="task_2")
    for failed in (read(status=503), read(status=None), read(body=b"<html>")):
        assert verdict("R16", play(create(), failed, another)) == "fail"
        assert verdict("R16", play(create(), failed, create(), read("succeeded"))) == "pass"
        assert verdict("R16", play(create(), failed, read(), read("succeeded"))) == "pass"
    assert verdict("R16", play(create(), read(status=503), read(), another)) == "pass"
    assert verdict("R16", play(create(), read(), another)) == "untested"
    assert "R16" in accused(play(create(), read(status=503), create(key=None, task_id="task_2")))
