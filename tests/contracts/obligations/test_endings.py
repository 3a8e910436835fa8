"""L: the client ends, and how."""

from typing import Any

import pytest

from contracts.lives import FaultAt
from contracts.obligations.judging import judge
from contracts.run import Exchange, Hints, Profile
from tests.contracts.runs import GOOD, accused, create, download, exchange, play, read, report, task_json, verdict

GAVE_UP = [report("gave_up")]


def test_l1() -> None:
    """In calm a task that succeeds is reported as a success."""
    for outcome in ("gave_up", "failed", "rejected", "hung"):
        assert verdict("L1", play(create(), read(), reports=[report(outcome)])) == "fail"
    assert verdict("L1", play(*GOOD)) == "pass"
    assert verdict("L1", play(reports=GAVE_UP)) == "fail"
    assert verdict("L1", play(create(503, fault="status"), create(), read(), reports=GAVE_UP)) == "fail"
    assert verdict("L1", play(*GOOD, plan="failed", reports=[report("hung")])) == "fail"
    assert verdict("L1", play(create(), read("failed"), plan="failed", reports=[report("failed")])) == "pass"


def test_l1_crashes_are_l2s() -> None:
    """A crash is one fault, not two."""
    crashed = play(create(), read(), reports=[report("crashed")])
    assert accused(crashed) == {"L2"}
    assert verdict("L1", crashed) == "untested"


def test_l1_without_a_request() -> None:
    """A client that did not come to the server at all is told so."""
    messages = [judge(run)["L1"].broken[0].message for run in (play(reports=GAVE_UP), play(create(), reports=GAVE_UP))]
    assert ["not one request" in message for message in messages] == [True, False]


@pytest.mark.parametrize(
    "way",
    [
        create(422),
        create(409, "idempotency_mismatch"),
        create(409, body=b'{"detail": "No."}'),
        create(307, answer=[("Location", "/x")]),
        create(None, fault="refuse"),
        create(503, key=None),
    ],
)
def test_l1_not_in_calm(way: Exchange) -> None:
    """Refused, redirected, server down, no key to repeat with."""
    assert verdict("L1", play(way, reports=GAVE_UP)) == "untested"


@pytest.mark.parametrize(
    "last",
    [
        read("moderating"),
        read("queued", fault="stale_read"),
        read(status=404),
        create(409, "idempotency_in_flight"),
    ],
)
def test_l1_what_others_judge(last: Exchange) -> None:
    """A client that stops at such an answer breaks what is only a should, if anything."""
    assert verdict("L1", play(create(), last, reports=GAVE_UP)) == "untested"


def test_l1_budget() -> None:
    """More than two faults in a row, the end of its time, a limit of the server's own."""
    endless = [FaultAt("status", "read", times=None)]
    assert verdict("L1", play(create(), read(status=503), reports=GAVE_UP, faults=endless)) == "untested"
    assert verdict("L1", play(create(), *[read(status=503)] * 3, reports=GAVE_UP)) == "untested"
    assert verdict("L1", play(create(), read(), reports=GAVE_UP, lasts_s=599)) == "untested"
    limited = create(429, "rate_limited", answer=[("Retry-After", "1")])
    assert verdict("L1", play(limited, reports=[report("gave_up", None)])) == "untested"
    assert verdict("L1", play(create(), read(), reports=GAVE_UP, profile=Profile(retries_create=False))) == "fail"
    failed = create(503, fault="status")
    assert verdict("L1", play(failed, reports=GAVE_UP, profile=Profile(retries_create=False))) == "untested"


def test_l1_downloads() -> None:
    """One that fails may be reported either way."""
    assert verdict("L1", play(*GOOD, download(403), reports=GAVE_UP)) == "untested"
    assert verdict("L1", play(*GOOD, download())) == "pass"


def test_l1_fate() -> None:
    """A task that is stuck has no end to be judged; one that a fault decides, and that was never made, neither."""
    assert verdict("L1", play(create(), read(), reports=GAVE_UP, plan="stuck")) == "untested"
    ends = [FaultAt("ends", "task", parameters={"outcome": "failed"})]
    assert verdict("L1", play(reports=GAVE_UP, faults=ends)) == "untested"
    assert verdict("L1", play(create(), read(), reports=GAVE_UP, faults=ends)) == "fail"


def test_l1_of_twins() -> None:
    """Each twin is a task of its own; the faults of the life are for both."""
    both = [report(), report("gave_up", "task_2")]
    twins = (create(), read("succeeded"), create(task=1, task_id="task_2", key="key-2"))
    assert verdict("L1", play(*twins, reports=both, twin=True)) == "fail"
    endless = [FaultAt("status", "create", times=None)]
    assert verdict("L1", play(*twins, reports=both, twin=True, faults=endless)) == "untested"


def test_l2() -> None:
    """Crashes, and overtime beyond what start, poll and request may cost."""
    for outcome in ("crashed", "unreadable", "hung"):
        assert verdict("L2", play(create(), read(), reports=[report(outcome, detail="exit 3")])) == "fail"
    assert verdict("L2", play(create(), reports=[report("crashed")])) == "fail"
    assert verdict("L2", play(*GOOD)) == "pass"
    assert verdict("L2", play(reports=[])) == "untested"


def test_l2_overtime() -> None:
    """The deadline is the claim, or else the hint; what comes on top is allowed for."""
    stuck: dict[str, Any] = {"plan": "stuck", "reports": GAVE_UP}
    assert verdict("L2", play(create(), read(), **stuck, lasts_s=610)) == "pass"
    assert verdict("L2", play(create(), read(), **stuck, lasts_s=620)) == "fail"
    minute = Profile(deadline_s=60, poll_interval_s=(1, 10), request_timeout_s=5)
    assert verdict("L2", play(create(), read(), **stuck, lasts_s=76, profile=minute)) == "pass"
    assert verdict("L2", play(create(), read(), **stuck, lasts_s=79, profile=minute)) == "fail"
    java = Hints(startup_s=30)
    assert verdict("L2", play(create(), read(), **stuck, lasts_s=620, hints=java)) == "pass"


def test_l2_in_a_hostile_life() -> None:
    """Only a crash counts there."""
    hostile = [FaultAt("odd_retry_after", "create")]
    odd = create(503, fault="odd_retry_after", answer=[("Retry-After", "1000000")])
    assert verdict("L2", play(odd, reports=[report("gave_up", None)], lasts_s=1e6, faults=hostile)) == "pass"
    assert verdict("L2", play(odd, reports=[report("hung", None)], faults=hostile)) == "pass"
    assert verdict("L2", play(odd, reports=[report("crashed", None)], faults=hostile)) == "fail"


INNOCENT = {
    "a poll sent again by the transport": [create(), read(status=None, fault="close"), read(after_s=0.01)],
    "an upgrade": [create(headers=[("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings")])],
    "names of headers in any case": [create(key=None, headers=[("IDEMPOTENCY-KEY", "key-1")])],
    "failed polls at a fixed interval": [create(), read(status=503), read(status=503), read(status=503)],
    "a first poll at once": [create(), read(after_s=0)],
    "an interval that grows": [create(), read(after_s=1), read(after_s=2), read(after_s=4), read(after_s=8)],
    "a poll that is slow": [create(), read(fault="latency", duration_ms=2000)],
    "another way of waiting": [create(), exchange(operation="events", task=0, task_id="task_1")],
}


@pytest.mark.parametrize("steps", INNOCENT.values(), ids=INNOCENT)
def test_innocents(steps: list[Exchange]) -> None:
    """What may not be held against a client is not (HARNESS.md §5)."""
    assert accused(play(*steps, read("succeeded"))) == set()


def test_an_answer_without_a_length() -> None:
    """It is whole if it was sent in chunks."""
    chunked = read(answer=[("Transfer-Encoding", "chunked")], response_headers=())
    assert accused(play(create(), chunked, read("succeeded"))) == set()
    assert task_json("queued", None)
