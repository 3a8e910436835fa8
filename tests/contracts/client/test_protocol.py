"""What a client's process is told, and what its last line says."""

import json
import signal
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.client import protocol
from contracts.client.protocol import OUTCOMES
from contracts.run import Report
from tests.contracts.client.calls import KEY, REPORT, call

WORDS = (*OUTCOMES, "crashed", "unreadable")

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
member_names = st.sampled_from(["outcome", "task_id", "urls", "http_status", "message", "bytes", "id"])
plain = st.text(st.characters(exclude_categories=["Cs"]))
valid = st.fixed_dictionaries(
    {"outcome": st.sampled_from(OUTCOMES)},
    optional={
        "task_id": st.none() | plain,
        "urls": st.none() | st.lists(plain, max_size=3),
        "http_status": st.none() | st.integers(-(2**63), 2**63),
        "message": st.none() | plain,
        "bytes": st.none() | st.integers(0, 2**63),
        "more": json_values,
    },
)


def test_environment() -> None:
    """The client is told where, as whom and how fast, in plain decimals; proxies of the user's are not passed on."""
    base = {
        "PATH": "/bin",
        "HTTP_PROXY": "http://proxy",
        "https_proxy": "x",
        "No_Proxy": "y",
        "MINDVIDEO_API_KEY": "real",
    }
    assert protocol.environment(call(), base) == {
        "PATH": "/bin",
        "MINDVIDEO_BASE_URL": "http://127.0.0.1:1",
        "MINDVIDEO_API_KEY": KEY,
        "MINDVIDEO_POLL_INTERVAL_S": "0.25",
        "MINDVIDEO_BACKOFF_BASE_S": "0.00001",
        "MINDVIDEO_REQUEST_TIMEOUT_S": "10.0",
        "MINDVIDEO_DEADLINE_S": "600",
    }


def test_question() -> None:
    """The request is one line of ASCII, whatever is in it."""
    question = protocol.question(call(odd="\ud800"))
    assert question.isascii()
    assert question.index(b"\n") == len(question) - 1
    assert json.loads(question) == {"model": "kling-v3", "input": {"prompt": "人物 [life 0-0]", "odd": "\ud800"}}


def test_numbered_question() -> None:
    """A worker is told of the call in the line itself."""
    assert json.loads(protocol.numbered_question(call(), "7")) == {
        "id": "7",
        "base_url": "http://127.0.0.1:1",
        "api_key": KEY,
        "model": "kling-v3",
        "input": {"prompt": "人物 [life 0-0]"},
    }


@given(st.binary(), st.binary(), st.integers(-70, 300))
def test_anything_makes_a_report(stdout: bytes, stderr: bytes, exit_code: int) -> None:
    """Whatever a process writes and however it ends, there is a report, with a sentence where it is our word."""
    report = protocol.report(stdout, stderr, exit_code)
    assert report.outcome in WORDS
    assert (report.outcome == "crashed") == (exit_code != 0)
    assert report.outcome in OUTCOMES or report.detail.endswith(".")


@given(st.dictionaries(member_names, json_values) | json_values)
def test_any_json_makes_a_report(document: Any) -> None:
    """Whatever JSON stands in the last line, there is a report, and all of its text can be written as UTF-8."""
    report = protocol.report(json.dumps(document).encode(), b"", 0)
    assert report.outcome in WORDS
    f"{report.detail} {report.message} {report.task_id} {report.urls}".encode()
    found = protocol.reply(json.dumps(document).encode())
    assert found is None or found[0] == document["id"]


@given(valid, st.binary(), st.sampled_from([b"\n", b"\r\n", b""]), st.sampled_from([b"", b"\n", b" \r\n\n"]))
def test_valid_reports_round_trip(document: Mapping[str, Any], log: bytes, end: bytes, blank: bytes) -> None:
    """Every report comes back as it was given, whatever is logged before it and however the lines end."""
    line = json.dumps(document, ensure_ascii=False).encode()
    report = protocol.report(log + b"\n" + line + end + blank, b"log", 0, started_at_ms=1, ended_at_ms=2)
    urls = tuple(document.get("urls") or ())
    assert report == Report(
        outcome=document["outcome"],
        task_id=document.get("task_id"),
        urls=urls,
        http_status=document.get("http_status"),
        message=document.get("message"),
        size_bytes=document.get("bytes"),
        exit_code=0,
        stdout=report.stdout,
        stderr="log",
        started_at_ms=1,
        ended_at_ms=2,
    )


@pytest.mark.parametrize(
    "stdout",
    [
        f"\rwaiting 1 s\rwaiting 2 s\r{REPORT}",
        f"\ufeff{REPORT}",
        f"  {REPORT}\t",
        f"log\x00 {{\n{REPORT}",
    ],
    ids=["progress bar", "byte order mark", "white space", "log"],
)
def test_what_does_not_matter(stdout: str) -> None:
    """How the line is dressed is not held against a client."""
    assert protocol.report(stdout.encode(), b"", 0).task_id == "task_1"


@pytest.mark.parametrize(
    ("stdout", "detail"),
    [
        (b"", "stdout is empty: its last line must be one JSON object such as"),
        (b"\n \r\n", "stdout is empty"),
        (b'log\n{"outc', "the last line is cut off: '{\"outc'"),
        (b'{"outcome": "failed", "task_id": "a\xff"}', "not UTF-8"),
        (b'{\n  "outcome": "failed"\n}', "the last line is '}': print the JSON object on one line"),
        (f"{REPORT}\nall done".encode(), "not JSON (Expecting value: line 1 column 1 (char 0)): 'all done'"),
        (b"x" * 500, f"'{'x' * 60}…{'x' * 60}'"),
        (b"[" * 100_000 + b"]", "not JSON"),
        (b"9" * 5_000, "not JSON"),
        (b"[1]", "the last line is no JSON object but '[1]'"),
        (b"null", "no JSON object but 'null'"),
        (b"{}", "`outcome` is missing: it must be one of succeeded, failed, cancelled, rejected, gave_up."),
        (b'{"outcome": "done"}', "`outcome` is 'done': it must be one of succeeded"),
        (b'{"outcome": ["failed"]}', "`outcome` is ['failed']"),
        (b'{"outcome": "hung"}', "`outcome` is 'hung'"),
        (b'{"outcome": "failed", "task_id": 7}', "`task_id` must be a string or null, not 7."),
        (b'{"outcome": "failed", "message": {}}', "`message` must be a string or null, not {}."),
        (b'{"outcome": "failed", "urls": "u"}', "`urls` must be a list of strings, not 'u'."),
        (b'{"outcome": "failed", "urls": [null]}', "`urls` must be a list of strings, not [None]."),
        (b'{"outcome": "failed", "http_status": "404"}', "`http_status` must be a whole number or null, not '404'."),
        (b'{"outcome": "failed", "http_status": true}', "`http_status` must be a whole number or null, not True."),
        (b'{"outcome": "failed", "bytes": 1.5}', "`bytes` must be a whole number or null, not 1.5."),
        (b'{"outcome": "failed", "bytes": -1}', "`bytes` must not be negative: -1."),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[:30],
)
def test_unreadable(stdout: bytes, detail: str) -> None:
    """What is no report is said to be unreadable, with what is wrong and how to mend it."""
    report = protocol.report(stdout, b"", 0)
    assert report.outcome == "unreadable"
    assert detail in report.detail


@pytest.mark.parametrize(
    ("exit_code", "stderr", "detail"),
    [
        (3, b"", "exit code 3: anything but 0 is a crash."),
        (1, b"Traceback\nValueError: no\n\n", "is a crash; the last line on stderr: 'ValueError: no'."),
        (126, b"", "(a shell says so of a command that is not executable)."),
        (127, b"", "(a shell says so of an unknown command)."),
        (139, b"", "(a shell says so of a command killed by SIGSEGV)."),
        (255, b"", "(a shell says so of a command killed by signal 127)."),
        (-signal.SIGKILL, b"", "killed by SIGKILL."),
        (-signal.SIGSEGV, b"\xff", "killed by SIGSEGV; the last line on stderr: '\ufffd'."),
        (-99, b"", "killed by signal 99."),
    ],
)
def test_crashed(exit_code: int, stderr: bytes, detail: str) -> None:
    """Any exit code but 0 is a crash, whatever the last line says; the sentence tells of what kind."""
    report = protocol.report(REPORT.encode(), stderr, exit_code)
    assert (report.outcome, report.exit_code, report.task_id) == ("crashed", exit_code, None)
    assert report.detail.endswith(detail)


def test_half_a_character() -> None:
    """A message that was cut in the middle of an emoji, as JavaScript does, is still a message."""
    report = protocol.report(b'{"outcome": "failed", "message": "no \\ud83d"}', b"", 0)
    assert report.message == "no \ufffd"


@pytest.mark.parametrize("line", [b"", b"log", b"[]", b"{}", b'{"id": 7, "outcome": "failed"}', b'{"id"'])
def test_no_reply(line: bytes) -> None:
    """A line without an `id` that is a string answers no call."""
    assert protocol.reply(line) is None


def test_reply() -> None:
    """A reply is a report with the `id` of its call, readable or not."""
    assert protocol.reply(b'{"id": "7", "outcome": "failed", "task_id": "t"}\r') == ("7", Report("failed", "t"))
    found = protocol.reply(b'{"id": "7"}')
    assert found is not None
    assert found[1].outcome == "unreadable"


@pytest.mark.parametrize("document", [None, "succeeded", [], 7])
def test_outcome_that_is_no_object(document: Any) -> None:
    """A function may hand back anything; what is no mapping is unreadable, and keeps the other members."""
    report = protocol.outcome(document, stdout="said")
    assert (report.outcome, report.stdout) == ("unreadable", "said")
    assert repr(document) in report.detail
