"""Texts as they are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.report import words
from contracts.run import Exchange
from mockserver.faults.table import TABLE
from tests.contracts.runs import HTML, create, download, exchange, read

SECRET = "mv_live_secret"


@given(st.text(), st.text())
def test_clean(before: str, after: str) -> None:
    """Whatever stands around it, a key is not shown, and nothing but what can be looked at."""
    shown = words.clean(f"{before}{SECRET} {after}")
    assert SECRET not in shown
    assert shown.isprintable()
    assert shown.encode()


def test_other_secrets() -> None:
    """A secret that does not look like a key of ours is taken out if it is named; an empty one is none."""
    assert words.clean("a hunter2 b", "hunter2", "") == "a *** b"
    assert words.clean(f"a {SECRET}! b", SECRET) == "a mv_live_***! b"
    assert words.clean("\x1b[31m\u202e\ud800\n") == r"\x1b[31m\u202e\ud800\n"


def test_shortened() -> None:
    """What is too long loses its middle, and is then as long as it may be."""
    assert words.shortened("abcdefghij", 10) == "abcdefghij"
    assert words.shortened("abcdefghijk", 10) == "abcde…hijk"
    assert len(words.clean("x" * 5000)) == words.LONGEST


def test_brief() -> None:
    """Ids of the server's are cut, others are not."""
    assert (
        words.brief("GET /api/v1/tasks/task_4f1c2d9e8a7b6c5d4e3f2a1b/events") == "GET /api/v1/tasks/task_4f1c2d…/events"
    )
    assert words.brief("task_1") == "task_1"


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(0, "0 ms"), (999, "999 ms"), (1500, "1.5 s"), (119_900, "120 s"), (120_000, "2 min"), (400_600, "6 min 41 s")],
)
def test_span(milliseconds: float, said: str) -> None:
    """A length of time is told in its own measure."""
    assert words.span(milliseconds) == said


def test_numbers() -> None:
    """Counts as people say them."""
    assert [words.times(number) for number in (1, 2, 3)] == ["once", "twice", "3 times"]
    assert [words.count(number, "life") for number in (0, 1, 2)] == ["0 lives", "1 life", "2 lives"]
    assert words.count(2, "run") == "2 runs"
    assert [words.listed("abc"[:number]) for number in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


def came(step: Exchange, commits: bool = False) -> str:
    return words.came(step, commits=commits, secret=SECRET)


def test_plain_answers() -> None:
    """Without a fault: the status, and what the answer says."""
    assert came(create()) == "200 queued"
    assert came(create(422, "invalid_request")) == "422 invalid_request"
    assert came(create(422, body=b'{"code": "flat"}')) == "422 flat"
    assert came(create(422, body=b'{"detail": "bare"}')) == "422"
    assert came(create(502, body=HTML)) == "502"
    assert came(create(None)) == "no answer: the client left"
    assert came(read(announced=999)) == "200 cut short"
    assert came(read("rate_limited", 429, answer=(("Retry-After", "3"),))) == "429 rate_limited, Retry-After 3"


def test_redirects() -> None:
    """A redirect says where to."""
    assert came(create(307, answer=(("Location", "http://127.0.0.1:9/a"),))) == "307 to http://127.0.0.1:9/a"
    assert came(create(308, answer=(("Location", "/a"),))) == "308 to the same origin"
    assert came(create(304, body=b"")) == "304"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (create(503, "unavailable", fault="status"), "503 before commit"),
        (create(None, fault="lost_request"), "connection lost before commit"),
        (read(status=None, fault="lost_request"), "connection lost"),
        (create(None, task_id="task_1", fault="close"), "connection closed without an answer"),
        (create(None, fault="refuse"), "connection refused"),
        (create(fault="stall", duration_ms=2000), "no byte for 2 s, then 200 queued"),
        (create(None, fault="stall", duration_ms=2000), "no byte for 2 s, then the client leaves"),
        (read(announced=999, fault="drip", duration_ms=2000), "the answer drips for 2 s, then the client leaves"),
        (read(fault="latency", duration_ms=2000), "2 s late, then 200 processing"),
        (create(502, body=HTML, fault="gateway_html"), "502 with a gateway's HTML page"),
        (read(fault="stale_read"), "an older view: 200 processing"),
        (read("key_revoked", 401, fault="key_revoked"), "401, the key is revoked"),
        (download(403, fault="output"), "403"),
        (exchange(fault="unheard_of", status=418), "418"),
    ],
)
def test_faults(step: Exchange, said: str) -> None:
    """A fault is told as what it does to the client."""
    assert came(step) == said


def test_after_commit() -> None:
    """A create that was carried out says so, whatever became of its answer."""
    for fault, said in (("lost_response", "connection lost"), ("truncate", "answer cut short"), ("status", "503")):
        assert came(create(503, "unavailable", fault=fault, task_id="task_1"), commits=True) == f"{said} after commit"


@pytest.mark.parametrize("fault", TABLE)
def test_every_fault_has_words(fault: str) -> None:
    """No fault is told with an empty text, or with a member of its template left open."""
    said = came(create(fault=fault), commits=True)
    assert said
    assert "{" not in said
    assert "None" not in said
