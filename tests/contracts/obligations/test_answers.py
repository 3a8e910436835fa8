"""X: answers that are not as one likes them."""

import pytest

from contracts.lives import FaultAt
from contracts.run import Exchange, Profile
from tests.contracts.runs import (
    GOOD,
    HTML,
    URL,
    accused,
    create,
    download,
    error_json,
    exchange,
    play,
    read,
    report,
    task_json,
    verdict,
)

GAVE_UP = [report("gave_up", None)]
LOST = create(None, task_id="task_1", fault="lost_response")
ANOTHER = create(key="key-2", task_id="task_2")
PAGE = create(body=HTML, task_id=None, fault="gateway_html", answer=[("Content-Type", "text/html")])


@pytest.mark.parametrize("fault", ["extra_fields", "reordered_fields", "null_fields"])
def test_x1(fault: str) -> None:
    """Whoever stumbles over an additive change does so at that answer."""
    for stop in ("crashed", "failed"):
        assert verdict("X1", play(create(fault=fault), reports=[report(stop)])) == "fail"
        assert verdict("X1", play(create(), read(fault=fault), reports=[report(stop)])) == "fail"
        assert verdict("X1", play(create(), read("succeeded", fault=fault), reports=[report(stop)])) == "fail"
    assert verdict("X1", play(create(fault=fault), ANOTHER, read("succeeded", task_id="task_2"))) == "fail"
    assert verdict("X1", play(create(fault=fault), read("succeeded", fault=fault))) == "pass"
    assert verdict("X1", play(*GOOD)) == "untested"


def test_x1_refusals() -> None:
    """A refusal with additions is a refusal all the same."""
    assert verdict("X1", play(create(422, fault="extra_fields"), reports=[report("rejected", None)])) == "pass"


def test_x1_a_dialect_of_additions() -> None:
    """There every answer that no fault spoilt has them."""
    some = {"extra_fields": "some"}
    assert verdict("X1", play(create(), reports=[report("failed")], dialect=some)) == "fail"
    assert verdict("X1", play(*GOOD, dialect=some)) == "pass"
    assert verdict("X1", play(create(503, fault="status"), reports=GAVE_UP, dialect=some)) == "untested"


@pytest.mark.parametrize(
    "lost",
    [
        LOST,
        create(None, task_id="task_1", fault="close"),
        create(announced=999, fault="truncate"),
        create(body=b'{"task_id', fault="garbage"),
        create(body=b"", task_id="task_1"),
        PAGE,
        create(None, task_id="task_1", fault="stall", duration_ms=3000),
    ],
    ids=["lost", "closed", "truncated", "garbage", "empty", "html", "stalled"],
)
def test_x2(lost: Exchange) -> None:
    """The same key again; not another, and not nothing."""
    assert verdict("X2", play(lost, create(), read("succeeded"))) == "pass"
    assert verdict("X2", play(lost, ANOTHER)) == "fail"
    assert verdict("X2", play(lost, reports=GAVE_UP)) == "fail"
    assert verdict("X2", play(lost, lost, reports=GAVE_UP)) == "fail"


def test_x2_who_need_not() -> None:
    """Without a key, or where it says so, a client must not ask again, or need not; a poll shows it had the answer."""
    assert verdict("X2", play(create(None, task_id="task_1", key=None), reports=GAVE_UP)) == "untested"
    assert verdict("X2", play(LOST, reports=GAVE_UP, profile=Profile(retries_create=False))) == "untested"
    assert verdict("X2", play(create(None), reports=GAVE_UP)) == "untested"
    assert verdict("X2", play(LOST, LOST, LOST, reports=GAVE_UP)) == "pass"
    endless = [FaultAt("lost_response", "create", times=None)]
    assert verdict("X2", play(LOST, reports=GAVE_UP, faults=endless)) == "pass"
    assert verdict("X2", play(create(announced=999), read("succeeded"))) == "pass"
    assert verdict("X2", play(*GOOD)) == "untested"


def test_x2_an_answer_that_came_late() -> None:
    """Whoever waited a stall out has the answer, and nothing to ask again."""
    assert verdict("X2", play(create(fault="stall", duration_ms=3000), read("succeeded"))) == "untested"


def test_x3() -> None:
    """What is no JSON object tells of no success."""
    page = read(body=HTML, answer=[("Content-Type", "text/html; charset=utf-8")])
    for nonsense in (page, read(body=b""), read(body=b"{"), read(body=b"[]"), read(body=b"null"), read(body=b"\xff")):
        assert verdict("X3", play(create(), nonsense)) == "fail"
        assert verdict("X3", play(create(), nonsense, reports=[report("gave_up")])) == "pass"
        assert verdict("X3", play(create(), nonsense, read("succeeded"))) == "pass"
    assert verdict("X3", play(PAGE)) == "fail"
    bad_gateway = read(status=502, body=HTML, answer=[("Content-Type", "text/html")])
    assert verdict("X3", play(create(), bad_gateway)) == "fail"
    assert verdict("X3", play(*GOOD)) == "untested"


ODD_SHAPES = (b'{"code": "x", "message": "No."}', b'{"detail": "No."}', b'{"error": "No."}', HTML, b"", b"[]")


@pytest.mark.parametrize("body", ODD_SHAPES)
def test_x5(body: bytes) -> None:
    """No shape of an error is a reason to crash."""
    for step in (create(422, body=body), create(500, body=body)):
        assert verdict("X5", play(step, reports=[report("crashed", None)])) == "fail"
        assert verdict("X5", play(step, reports=[report("unreadable", None)])) == "fail"
        assert verdict("X5", play(step, reports=GAVE_UP)) == "pass"
    assert verdict("X5", play(create(500, body=body), create(), read(), reports=[report("crashed")])) == "pass"


def test_x5_the_default_shape() -> None:
    """It is no test."""
    assert verdict("X5", play(create(422, body=error_json("x")), reports=[report("crashed")])) == "untested"
    assert verdict("X5", play(*GOOD)) == "untested"


@pytest.mark.parametrize("status", [201, 202])
def test_x9(status: int) -> None:
    """Any of them is a success."""
    for stop in ("rejected", "crashed", "gave_up"):
        assert verdict("X9", play(create(status), reports=[report(stop)])) == "fail"
    assert verdict("X9", play(create(status), ANOTHER)) == "fail"
    assert verdict("X9", play(create(status), read("succeeded"))) == "pass"
    assert verdict("X9", play(create(503), create(status), read("succeeded"))) == "pass"
    assert verdict("X9", play(LOST, create(status), reports=[report("rejected")])) == "untested"
    assert verdict("X9", play(*GOOD)) == "untested"
    assert verdict("X9", play(create(422))) == "untested"


def test_x11_a_success() -> None:
    """Id and URLs are those of the task, in whatever order."""
    assert verdict("X11", play(*GOOD)) == "pass"
    assert verdict("X11", play(*GOOD, reports=[report(task_id="task_9")])) == "fail"
    assert verdict("X11", play(*GOOD, reports=[report(task_id=None)])) == "fail"
    assert verdict("X11", play(*GOOD, reports=[report(urls=())])) == "fail"
    assert verdict("X11", play(*GOOD, reports=[report(urls=("http://127.0.0.1/other.mp4",))])) == "fail"
    two = (create(), read(body=task_json("succeeded", urls=[URL, "b"])))
    assert verdict("X11", play(*two, reports=[report(urls=("b", URL))])) == "pass"
    pictures = b'{"task_id": "task_1", "status": "succeeded", "output": {"images": [{"url": "a.png"}]}}'
    assert verdict("X11", play(create(), read(body=pictures), reports=[report(urls=("a.png",))])) == "pass"


def test_x11_a_success_that_is_none() -> None:
    """What the server never said is not reported."""
    assert verdict("X11", play(create(), read())) == "fail"
    assert verdict("X11", play(create(422), reports=[report(task_id=None)])) == "fail"
    assert verdict("X11", play(create(503, task_id=None), reports=[report(task_id="task_1")])) == "fail"
    assert verdict("X11", play(create(422), reports=[report(task_id="")])) == "fail"


def test_x11_a_success_without_a_request() -> None:
    """A client that asks for nothing has no success; one whose creates are nobody's may have."""
    assert verdict("X11", play()) == "fail"
    assert verdict("X11", play(exchange(status=404))) == "fail"
    assert verdict("X11", play(create(task=None))) == "untested"


def test_x11_a_success_that_was_not_reported() -> None:
    """It was paid for: giving it up is fair only where the download failed."""
    for outcome in ("failed", "cancelled", "rejected", "gave_up"):
        assert verdict("X11", play(*GOOD, reports=[report(outcome)])) == "fail"
    assert verdict("X11", play(*GOOD, download(fault="output"), reports=[report("gave_up")])) == "pass"
    assert verdict("X11", play(*GOOD, download(None), reports=[report("gave_up")])) == "pass"
    assert verdict("X11", play(*GOOD, download(403), reports=[report("failed")])) == "fail"


def test_x11_no_end_was_heard() -> None:
    """To give up is fair; to say that the task failed is not, unless the server turned the client away."""
    broken = (create(), read(status=503))
    assert verdict("X11", play(*broken, reports=[report("gave_up")])) == "pass"
    for outcome in ("failed", "cancelled", "rejected"):
        assert verdict("X11", play(*broken, reports=[report(outcome)])) == "fail"
    hop = read(status=307, answer=[("Location", "/api/v1/tasks/task_1")])
    for away in (read(status=401), read(status=404), hop):
        for outcome in ("gave_up", "failed", "rejected"):
            assert verdict("X11", play(create(), away, reports=[report(outcome)])) == "pass"
        assert verdict("X11", play(create(), away, reports=[report("cancelled")])) == "fail"


def test_x11_no_task() -> None:
    """Where there is no task, any word but success will do."""
    for outcome in ("rejected", "failed", "gave_up"):
        assert verdict("X11", play(create(422), reports=[report(outcome, None)])) == "pass"
        assert verdict("X11", play(create(503), create(503), reports=[report(outcome, None)])) == "pass"


def test_x11_what_is_not_judged() -> None:
    """No report, no exchange, an unknown status."""
    assert verdict("X11", play(*GOOD, reports=[report("crashed")])) == "untested"
    assert verdict("X11", play(reports=GAVE_UP)) == "untested"
    assert verdict("X11", play(create(), read("moderating"), reports=[report("failed")])) == "untested"


def test_x11_failures_are_p4s() -> None:
    """How a failure is reported is P4's."""
    assert accused(play(create(), read(), read("failed"), plan="failed")) == {"P4"}


def test_unsure_answers_count_for_the_client() -> None:
    """A success that came after a stall may have been had."""
    busy = (create(duration_ms=400), create(), read(), read("succeeded", duration_ms=400), read("succeeded"))
    assert accused(play(*busy)) == set()
    assert accused(play(create(duration_ms=400), reports=GAVE_UP)) == set()
    assert accused(play(*GOOD, download(duration_ms=700), reports=[report("gave_up")])) == set()
    slow = (create(), read(), read("succeeded", fault="stall", duration_ms=4000))
    assert accused(play(*slow)) == set()
    assert accused(play(*slow[:2], slow[2], read("succeeded"))) == set()
