"""Clients as workers: many calls in one process, and a clear word when it fails them."""

import json
from pathlib import Path

import pytest

from contracts.client import Call
from contracts.client.worker import LONGEST_LINE_BYTES, CannotRun, Lines, WorkerClient
from contracts.run import Report
from tests.contracts.client.calls import KEY, REPORT, bash, call, is_gone, python

SERVE = """
import json, os, sys

def say(text):
    os.write(1, text.encode())

def answer(question, **members):
    say(json.dumps({"id": question["id"], "outcome": "succeeded", "task_id": str(os.getpid()), **members}) + "\\n")

def questions():
    for line in sys.stdin:
        yield json.loads(line)

"""
ECHO = (
    SERVE
    + """
for question in questions():
    told = [question["model"], question["api_key"], question["base_url"], os.environ["MINDVIDEO_API_KEY"]]
    answer(question, message=json.dumps(told))
"""
)
BACKWARDS = (
    SERVE
    + """
asked = questions()
while True:
    first, second = next(asked), next(asked)
    say("noise\\n{\\n[]\\n" + json.dumps({"id": "nobody", "outcome": "failed"}) + "\\n")
    os.write(2, b"warning\\n")
    line = json.dumps({"id": second["id"], "outcome": "failed", "message": "\\u4eba", "task_id": str(os.getpid())})
    say(line[:20])
    say(line[20:] + "\\r\\n")
    answer(first, message="first")
    answer(first, message="again")
"""
)
AFTER_THE_FIRST = (
    SERVE
    + """
import time
asked = questions()
answer(next(asked))
question = next(asked)
exec(sys.argv[1])
time.sleep(600)
"""
)
STOPS_READING = (
    SERVE
    + """
import time
question = next(questions())
os.close(0)
time.sleep(600)
"""
)
IN_BASH = f"""
while read -r line; do
    number=${{line#*\\"id\\": \\"}}
    echo '{{"id": "'${{number%%\\"*}}'", {REPORT[1:]}'
done
"""
CURTAIN = (
    SERVE
    + """
import pathlib
for question in questions():
    answer(question)
pathlib.Path(sys.argv[1]).touch()
"""
)


def once(argv: list[str], *calls: Call) -> list[Report]:
    """The reports of one run of a fresh worker."""
    client = WorkerClient(argv)
    try:
        return client.run(calls or [call()])
    finally:
        client.close()


def test_one_process() -> None:
    """Runs share a process; each call has its own values, the environment those of the first."""
    client = WorkerClient(python(ECHO))
    first, second = client.run([call()])[0], client.run([call(key="mv_test_second")])[0]
    client.close()
    assert first.task_id == second.task_id
    assert json.loads(first.message or "") == ["kling-v3", KEY, "http://127.0.0.1:1", KEY]
    assert json.loads(second.message or "") == ["kling-v3", "mv_test_second", "http://127.0.0.1:1", KEY]
    assert first.started_at_ms <= first.ended_at_ms <= second.started_at_ms <= second.ended_at_ms


def test_replies_in_any_order() -> None:
    """Replies find their calls in any order, in halves, among noise; the noise is kept, and the first reply counts."""
    client = WorkerClient(python(BACKWARDS))
    for _ in range(2):
        first, second = client.run([call(), call()])
        assert (first.outcome, first.message) == ("succeeded", "first")
        assert (second.outcome, second.message) == ("failed", "人")
        assert first.stdout == second.stdout
        assert "noise\n{\n[]\n" in first.stdout
        assert "warning" in first.stderr
    client.close()


def test_in_bash() -> None:
    """Any language will do."""
    assert [report.task_id for report in once(bash(IN_BASH), call(), call())] == ["task_1", "task_1"]


def test_unreadable_reply() -> None:
    """A reply that is no report says what is wrong with it."""
    report = once(python(SERVE + "for question in questions(): answer(question, outcome='done')"))[0]
    assert report.outcome == "unreadable"
    assert report.detail.startswith("`outcome` is 'done'")


@pytest.mark.parametrize(
    ("act", "word", "detail"),
    [
        ("os._exit(3)", "crashed", "exit code 3: anything but 0 is a crash."),
        (
            "os.write(2, b'no\\n'); os._exit(1)",
            "crashed",
            "exit code 1: anything but 0 is a crash; the last line on stderr: 'no'.",
        ),
        ("os._exit(0)", "crashed", "it ended while calls were under way: a worker serves until its stdin ends."),
        ("os.kill(os.getpid(), 9)", "crashed", "killed by SIGKILL."),
        ("os.kill(os.getppid(), 9)", "crashed", "it killed the process of the harness that had started it."),
        ("os.close(1)", "crashed", "it closed its stdout while calls were under way"),
        ("while True: os.write(2, b'x' * 2**20)", "unreadable", "more than 64 MiB on stderr, so it was ended"),
        ("while True: os.write(1, b'x' * 2**20)", "unreadable", "more than 64 MiB on stdout, so it was ended"),
    ],
)
def test_fails_its_calls(act: str, word: str, detail: str) -> None:
    """What a worker does instead of answering is told of every call under way; the next run has a fresh one."""
    client = WorkerClient(python(AFTER_THE_FIRST, act))
    first = client.run([call()])[0]
    for report in client.run([call(), call()]):
        assert report.outcome == word
        assert report.detail.startswith(detail)
    again = client.run([call()])[0]
    client.close()
    assert (first.outcome, again.outcome) == ("succeeded", "succeeded")
    assert first.task_id != again.task_id
    assert is_gone(int(first.task_id or ""))


def test_answers_and_dies() -> None:
    """A call that was answered keeps its answer when the worker then fails the one beside it."""
    first, second = once(python(SERVE + "answer(next(questions())); os._exit(3)"), call(), call())
    assert (first.outcome, second.outcome, second.exit_code) == ("succeeded", "crashed", 3)


def test_hangs() -> None:
    """A worker that does not answer in time is ended; what it says after that counts no more."""
    act = "import signal; signal.signal(15, lambda *_: answer(question)); time.sleep(600)"
    client = WorkerClient(python(AFTER_THE_FIRST, act))
    client.run([call()])
    report = client.run([call(limit_s=1)])[0]
    assert (report.outcome, report.detail) == ("hung", "it was still running after 1 s, so it was ended.")
    assert client.run([call()])[0].outcome == "succeeded"
    client.close()


def test_stops_reading() -> None:
    """A worker that closes its standard input before it has read the calls cannot answer them."""
    report = once(python(STOPS_READING), call(large="x" * 1_000_000), call(large="x" * 1_000_000))[0]
    assert (report.outcome, report.detail[:20]) == ("crashed", "it closed its stdin ")


def test_dies_between_runs() -> None:
    """A worker that has died when nothing was asked of it is replaced, and no call is blamed on it."""
    client = WorkerClient(python(SERVE + "answer(next(questions()))"))
    pids = set()
    for _ in range(3):
        report = client.run([call()])[0]
        assert report.outcome == "succeeded"
        assert is_gone(int(report.task_id or ""))
        pids.add(report.task_id)
    client.close()
    assert len(pids) == 3


@pytest.mark.parametrize("stream", ["1", "2"])
def test_key(stream: str) -> None:
    """The key of any call under way is found, in whatever flood and on either output."""
    program = f"""
for question in questions():
    for part in ("x" * 500_000, question["api_key"][:9], question["api_key"][9:] + "\\n", "x" * 500_000 + "\\n"):
        os.write({stream}, part.encode())
    answer(question)
"""
    for report in once(python(SERVE + program), call(), call(key="mv_test_second")):
        for key in (KEY, "mv_test_second"):
            assert key in (report.stdout, report.stderr)[int(stream) - 1]


def test_close_lets_it_end(tmp_path: Path) -> None:
    """At close a worker sees the end of its standard input, and may end by itself."""
    once(python(CURTAIN, str(tmp_path / "curtain")))
    assert (tmp_path / "curtain").exists()


def test_close_ends_it() -> None:
    """One that stays is ended, with what it has started."""
    client = WorkerClient(python(AFTER_THE_FIRST, ""))
    pid = int(client.run([call()])[0].task_id or "")
    client.close()
    client.close()
    assert is_gone(pid)


def test_no_calls() -> None:
    """Nothing to do is done at once."""
    client = WorkerClient(["no such command"])
    assert client.run([]) == []
    client.close()


def test_cannot_run() -> None:
    """A command that is none is a mistake of usage, and no verdict."""
    with pytest.raises(CannotRun, match="not on PATH"):
        once(["no-such-command"])
    with pytest.raises(CannotRun, match="empty"):
        WorkerClient([])


def test_lines() -> None:
    """Lines are put together over chunks; of one that never ends little is kept."""
    lines = Lines()
    assert lines.split(b"a\nb") == [b"a"]
    assert lines.split(b"") == []
    assert lines.split(b"c\n\nd") == [b"bc", b""]
    assert lines.split(b"x" * 2 * LONGEST_LINE_BYTES) == []
    assert lines.split(b"\n") == [b"x" * LONGEST_LINE_BYTES]
