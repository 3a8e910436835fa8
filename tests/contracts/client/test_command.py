"""Clients as commands: whatever they do, there is a report with a clear word, and nothing is left of them."""

import json
import os
from pathlib import Path

import pytest

from contracts.client import Call
from contracts.client.command import CannotRun, CommandClient
from contracts.client.output import HEAD_BYTES, TAIL_BYTES
from contracts.run import Report
from mockserver.clock import wall_ms
from tests.contracts.client.calls import KEY, REPORT, bash, call, is_gone, python

ECHO = """
import json, os, sys
question = json.load(sys.stdin)
print("log")
told = {name: os.environ[name] for name in os.environ if name.startswith("MINDVIDEO_")}
print(json.dumps({"outcome": "succeeded", "task_id": question["model"], "message": json.dumps(told), "bytes": 7}))
"""
ECHO_BASH = """
read -r question
echo log >&2
printf '{"outcome": "failed", "task_id": "%s", "message": "%s"}' "$MINDVIDEO_DEADLINE_S" "${#question}"
"""
MEETING = """
import json, os, pathlib, sys
pathlib.Path(sys.argv[1], str(os.getpid())).touch()
while len(list(pathlib.Path(sys.argv[1]).iterdir())) < 2:
    pass
print('{"outcome": "succeeded", "message": ' + json.dumps(json.load(sys.stdin)["input"]["name"]) + "}")
"""
FLOOD = """
import os, sys
for _ in range(300):
    os.write(int(sys.argv[1]), b"x" * 2**20)
print('{"outcome": "succeeded"}')
"""
KEY_IN_A_FLOOD = """
import os, sys
stream = int(sys.argv[1])
os.write(stream, b"x" * 500_000 + os.environ["MINDVIDEO_API_KEY"][:9].encode())
os.write(stream, os.environ["MINDVIDEO_API_KEY"][9:].encode() + b"x" * 500_000)
os.write(1, b'\\n{"outcome": "succeeded"}')
"""
DEAF = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"ready")
time.sleep(600)
"""
QUIETLY = "> /dev/null 2>&1"
CHILDREN = {
    "in its group": "sleep 600 & echo $! > $1",
    "in a session of its own": f"setsid sleep 600 {QUIETLY} & echo $! > $1",
    "a daemon": f"(setsid bash -c 'sleep 600 & echo $! > $1; wait' x $1 {QUIETLY} &); until [ -s $1 ]; do :; done",
    "without an environment": f"env -i setsid sleep 600 {QUIETLY} & echo $! > $1",
    "deaf to SIGTERM": f"(trap '' TERM; sleep 600 & echo $! > $1; wait) {QUIETLY} & until [ -s $1 ]; do :; done",
}


def run(argv: list[str], given: Call | None = None, cwd: Path | None = None) -> Report:
    """The report of one call of a command."""
    client = CommandClient(argv, cwd=cwd)
    try:
        return client.run([given or call()])[0]
    finally:
        client.close()


def test_well_behaved() -> None:
    """The client is told of the call by its environment and standard input; its last line is the report."""
    before_ms = wall_ms()
    report = run(python(ECHO))
    assert (report.outcome, report.task_id, report.size_bytes, report.detail) == ("succeeded", "kling-v3", 7, "")
    told = json.loads(report.message or "")
    assert told.pop("MINDVIDEO_RUN_ID")
    assert told["MINDVIDEO_BASE_URL"] == "http://127.0.0.1:1"
    assert told["MINDVIDEO_API_KEY"] == KEY
    assert told["MINDVIDEO_DEADLINE_S"] == "600"
    assert report.stdout.startswith("log\n{")
    assert before_ms <= report.started_at_ms <= report.ended_at_ms <= wall_ms()


def test_in_bash() -> None:
    """Any language will do, the last line need not be ended, and what is written to stderr is kept."""
    report = run(bash(ECHO_BASH))
    assert (report.outcome, report.task_id, report.exit_code, report.stderr) == ("failed", "600", 0, "log\n")


def test_all_at_once(tmp_path: Path) -> None:
    """The calls of one run are under way at the same time, and the reports are in their order."""
    client = CommandClient(python(MEETING, str(tmp_path)))
    reports = client.run([call(name="one"), call(name="two")])
    client.close()
    assert [report.message for report in reports] == ["one", "two"]


def test_no_calls() -> None:
    """Nothing to do is done at once."""
    assert CommandClient(["no such command"]).run([]) == []


def test_again_after_close() -> None:
    """Closing twice is closing once, and a closed client can be run again."""
    client = CommandClient(bash(f"echo '{REPORT}'"))
    for _ in range(2):
        assert client.run([call()])[0].outcome == "succeeded"
        client.close()
        client.close()


def test_directory(tmp_path: Path) -> None:
    """The command runs where it is told to."""
    assert run(bash("""echo '{"outcome": "failed", "message": "'$PWD'"}'"""), cwd=tmp_path).message == str(tmp_path)


@pytest.mark.parametrize(
    ("argv", "exit_code", "word", "detail"),
    [
        (
            bash("echo no >&2; exit 3"),
            3,
            "crashed",
            "exit code 3: anything but 0 is a crash; the last line on stderr: 'no'.",
        ),
        (bash(f"echo '{REPORT}'; exit 1"), 1, "crashed", "exit code 1: anything but 0 is a crash."),
        (bash("kill -KILL $$"), -9, "crashed", "killed by SIGKILL."),
        (bash("ulimit -c 0; kill -SEGV $$"), -11, "crashed", "killed by SIGSEGV."),
        (bash("""printf '{"outc'"""), 0, "unreadable", "the last line is cut off: '{\"outc'"),
        (bash("""echo '{"outcome": failed}'"""), 0, "unreadable", "the last line is not JSON"),
        (bash("""echo '{"result": "failed"}'"""), 0, "unreadable", "`outcome` is missing"),
        (bash("printf 'caf\\xe9'"), 0, "unreadable", "the last line is not UTF-8"),
        (bash("exec 0<&- 1>&- 2>&-"), 0, "unreadable", "stdout is empty"),
    ],
)
def test_without_a_report(argv: list[str], exit_code: int, word: str, detail: str) -> None:
    """A client that crashes, or leaves nothing that could be read, is told what was wrong."""
    report = run(argv)
    assert (report.outcome, report.exit_code) == (word, exit_code)
    assert report.detail.startswith(detail)


@pytest.mark.parametrize("before", ["", "exec 0<&-;", "head -c 10 > /dev/null;"])
def test_large_question(before: str) -> None:
    """A client that does not read its standard input, or closes it, is none the worse for it."""
    report = run(bash(f"{before} echo '{REPORT}'"), call(large="x" * 1_000_000))
    assert report.outcome == "succeeded"


def test_hangs() -> None:
    """A client that does not end in time is asked to, and counts as hung."""
    report = run(bash("sleep 600"), call(limit_s=0.5))
    assert (report.outcome, report.exit_code) == ("hung", -15)
    assert report.detail == "it was still running after 0.5 s, so it was ended."
    assert report.ended_at_ms - report.started_at_ms >= 500


def test_deaf_to_sigterm() -> None:
    """One that does not listen to SIGTERM is killed; what it said before is kept."""
    report = run(python(DEAF), call(limit_s=2))
    assert (report.outcome, report.exit_code, report.stdout) == ("hung", -9, "ready")


def test_hangs_beside_another(tmp_path: Path) -> None:
    """A client that hangs takes nothing from the one beside it."""
    client = CommandClient(bash(f"mkdir $1/first 2>/dev/null && sleep 600; echo '{REPORT}'", str(tmp_path)))
    reports = client.run([call(limit_s=3), call(limit_s=3)])
    client.close()
    assert sorted(report.outcome for report in reports) == ["hung", "succeeded"]


@pytest.mark.parametrize(("end", "word"), [(f"echo '{REPORT}'", "succeeded"), ("kill -KILL $$", "crashed")])
@pytest.mark.parametrize("child", CHILDREN.values(), ids=CHILDREN)
def test_leaves_children(tmp_path: Path, child: str, end: str, word: str) -> None:
    """No child outlives the call, whether the client ends or dies, and wherever the child has gone."""
    file = tmp_path / "pid"
    assert run(bash(f"{child}; {end}", str(file))).outcome == word
    assert is_gone(int(file.read_text()))


def test_hangs_with_children(tmp_path: Path) -> None:
    """No child outlives a client that hangs, not even one that has left it and hangs on to nothing of it."""
    file = tmp_path / "pid"
    report = run(bash(f"{CHILDREN['without an environment']}; sleep 600", str(file)), call(limit_s=3))
    assert report.outcome == "hung"
    assert is_gone(int(file.read_text()))


def test_child_that_writes_on() -> None:
    """What a child writes when the client has just ended is heard."""
    report = run(bash(f"(while kill -0 $$ 2>/dev/null; do :; done; echo '{REPORT}') &"))
    assert report.outcome == "succeeded"


@pytest.mark.parametrize(("stream", "name"), [(1, "stdout"), (2, "stderr")])
def test_floods(stream: int, name: str) -> None:
    """A client that writes hundreds of megabytes is ended, and little of it is kept."""
    report = run(python(FLOOD, str(stream)))
    assert report.outcome == "unreadable"
    assert report.detail == f"more than 64 MiB on {name}, so it was ended: print less."
    assert HEAD_BYTES + TAIL_BYTES < len(report.stdout + report.stderr) < HEAD_BYTES + TAIL_BYTES + 100


@pytest.mark.parametrize(("stream", "name"), [(1, "stdout"), (2, "stderr")])
def test_key_in_a_flood(stream: int, name: str) -> None:
    """The key is found in whatever is not kept, and the report is found behind it."""
    report = run(python(KEY_IN_A_FLOOD, str(stream)))
    assert report.outcome == "succeeded"
    assert KEY in getattr(report, name)
    assert len(getattr(report, name)) < 100_000


def test_kills_what_watches_over_it(tmp_path: Path) -> None:
    """A client that kills its parent is said to have crashed; its children are found all the same."""
    client = CommandClient(
        bash(
            f"sleep 600 & echo $! > $1; test -e $2 || kill -KILL $PPID; echo '{REPORT}'; wait",
            str(tmp_path / "pid"),
            str(tmp_path / "mended"),
        )
    )
    report = client.run([call()])[0]
    assert (report.outcome, report.exit_code) == ("crashed", None)
    assert report.detail == "it killed the process of the harness that had started it."
    assert is_gone(int((tmp_path / "pid").read_text()))
    (tmp_path / "mended").touch()
    assert client.run([call(limit_s=1)])[0].outcome == "hung"
    client.close()


def test_kills_what_starts_the_others() -> None:
    """A client that kills the program by which clients are started is run, and so are those after it."""
    program = """
read -r _ _ _ parent _ < /proc/$PPID/stat
kill -KILL $parent
echo '{"outcome": "succeeded", "task_id": "'$parent'"}'
"""
    client = CommandClient(bash(program))
    for _ in range(2):
        report = client.run([call()])[0]
        assert report.outcome == "succeeded"
        assert is_gone(int(report.task_id or ""))
    client.close()


def test_cannot_run(tmp_path: Path) -> None:
    """A command that is none is a mistake of usage, with a remedy, and no verdict."""
    script = tmp_path / "script"
    script.write_text("print(1)")
    for argv, why in [
        (["no-such-command"], "cannot run 'no-such-command': it is not on PATH"),
        ([str(script)], "it is not executable: name its interpreter too, such as 'python client.py'"),
        (["bash", "\0"], "embedded null byte"),
        (["bash", "x" * 3_000_000], "too large"),
    ]:
        with pytest.raises(CannotRun, match=why):
            run(argv)
    script.chmod(0o755)
    with pytest.raises(CannotRun, match="it is no program"):
        run([str(script)])


def test_cannot_run_from_the_start(tmp_path: Path) -> None:
    """What is clear before any call is said at once."""
    for argv in ([], [""]):
        with pytest.raises(CannotRun, match="the command is empty"):
            CommandClient(argv)
    with pytest.raises(CannotRun, match="no directory"):
        CommandClient(["bash"], cwd=tmp_path / "nowhere")
    for factor in (0.5, 1e9, float("nan")):
        with pytest.raises(CannotRun, match="compressed 1 to 1000 times"):
            CommandClient(["bash"], compress=factor)


def test_file_descriptors() -> None:
    """Runs leave no file open."""
    client = CommandClient(bash(f"sleep 600 & echo '{REPORT}'"))
    client.run([call()])
    before = len(os.listdir("/proc/self/fd"))
    client.run([call(), call()])
    assert len(os.listdir("/proc/self/fd")) == before
    client.close()
