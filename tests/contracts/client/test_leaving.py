"""Nothing is left of clients however the harness itself ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.client.calls import PATIENCE_S, bash, is_gone, python
from tests.processes import ROOT

HARNESS = """
import os, sys
from contracts.client.command import CommandClient
from contracts.client.worker import WorkerClient
from tests.contracts.client.calls import call

os.environ["HARNESS"] = str(os.getpid())
kind, *argv = sys.argv[1:]
client = {"command": CommandClient, "worker": WorkerClient}[kind](argv)
try:
    print(client.run([call()])[0].outcome)
except KeyboardInterrupt:
    print("interrupted")
"""
STAYS = """
setsid env -i sleep 600 & echo $! > $1
echo $$ > $2
kill -$3 $HARNESS
exec sleep 600
"""
ANSWERS = """
import json, os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
print(json.dumps({"id": json.loads(sys.stdin.readline())["id"], "outcome": "failed"}), flush=True)
time.sleep(600)
"""


def harness(kind: str, argv: list[str]) -> subprocess.CompletedProcess[str]:
    """A harness as a process of its own that runs one call, and never closes its client."""
    command = [sys.executable, "-c", HARNESS, kind, *argv]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


@pytest.mark.parametrize("kind", ["command", "worker"])
@pytest.mark.parametrize(
    ("number", "said", "code"),
    [(signal.SIGINT, "interrupted\n", 0), (signal.SIGTERM, "", -signal.SIGTERM), (signal.SIGKILL, "", -signal.SIGKILL)],
)
def test_signalled(tmp_path: Path, kind: str, number: signal.Signals, said: str, code: int) -> None:
    """When the harness is interrupted, ended or killed during a run, the client and all of its children go."""
    files = [tmp_path / "child", tmp_path / "client"]
    ended = harness(kind, bash(STAYS, *map(str, files), number.name.removeprefix("SIG")))
    assert (ended.stdout, ended.returncode, ended.stderr) == (said, code, "")
    assert all(is_gone(int(file.read_text())) for file in files)


def test_never_closed(tmp_path: Path) -> None:
    """A worker goes with the interpreter, closed or not."""
    file = tmp_path / "worker"
    ended = harness("worker", python(ANSWERS, str(file)))
    assert (ended.stdout, ended.returncode, ended.stderr) == ("failed\n", 0, "")
    assert is_gone(int(file.read_text()))
