"""Compressed time: found where it is installed, and real for what runs in it."""

import os
from pathlib import Path

import pytest

from contracts.client import faketime
from contracts.client.command import CannotRun, CommandClient
from contracts.client.worker import WorkerClient
from mockserver.clock import token
from tests.contracts.client.calls import call, python

SLEEP = """
import json, time
began = time.monotonic()
time.sleep(20)
print(json.dumps({"outcome": "succeeded", "http_status": int(time.monotonic() - began)}))
"""
WORK = """
import json, sys, time
for line in sys.stdin:
    began = time.time()
    time.sleep(20)
    spent = int(time.time() - began)
    print(json.dumps({"id": json.loads(line)["id"], "outcome": "failed", "http_status": spent}), flush=True)
"""


def shared_memory() -> set[str]:
    """What libfaketime has left."""
    return {name for name in os.listdir("/dev/shm") if "faketime" in name}


def test_command() -> None:
    """A client that waits for 20 seconds of its own time takes a fraction of that."""
    client = CommandClient(python(SLEEP), compress=50)
    report = client.run([call()])[0]
    client.close()
    assert report.outcome == "succeeded"
    assert (report.http_status or 0) >= 20
    assert 300 <= report.ended_at_ms - report.started_at_ms < 15_000


def test_worker() -> None:
    """So does a worker, for every call."""
    client = WorkerClient(python(WORK), compress=50)
    reports = [client.run([call()])[0] for _ in range(2)]
    client.close()
    for report in reports:
        assert (report.http_status or 0) >= 20
        assert report.ended_at_ms - report.started_at_ms < 15_000


def test_killed() -> None:
    """A client that is killed under libfaketime leaves no shared memory behind, and is told what may be the reason."""
    client = CommandClient(python("import time; print(time.time(), flush=True); time.sleep(10**9)"), compress=10)
    before = shared_memory()
    report = client.run([call(limit_s=2)])[0]
    client.close()
    assert report.outcome == "hung"
    assert report.detail.startswith("it was still running after 2 s, so it was ended. (Under libfaketime, a wait")
    assert shared_memory() <= before


def library(place: Path, name: str) -> str:
    place.mkdir(parents=True, exist_ok=True)
    (place / name).touch()
    return str(place / name)


def test_library(tmp_path: Path) -> None:
    """The variant for threads is preferred, wherever it is."""
    places = [f"{tmp_path}/lib/*/faketime", f"{tmp_path}/local"]
    plain = library(tmp_path / "lib" / "x86_64-linux-gnu" / "faketime", "libfaketime.so.1")
    assert faketime.library(places) == plain
    threads = library(tmp_path / "local", "libfaketimeMT.so.1")
    assert faketime.library(places) == threads


def command(folder: Path, program: str) -> str:
    """A `PATH` on which the command `faketime` is this program."""
    path = folder / "faketime"
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(0o755)
    return str(folder)


def test_library_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere the command `faketime` tells what it preloads."""
    monkeypatch.setenv("PATH", command(tmp_path, "echo /opt/libfaketimeMT.so.1"))
    assert faketime.library([]) == "/opt/libfaketimeMT.so.1"


@pytest.mark.parametrize("program", [None, "exit 1"])
def test_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None) -> None:
    """Without libfaketime it is said what to install."""
    monkeypatch.setenv("PATH", command(tmp_path, program) if program else str(tmp_path))
    with pytest.raises(CannotRun, match="apt install faketime"):
        faketime.library([])


def test_environment() -> None:
    """What is preloaded already stays so; a clock that others share does not."""
    given = {"LD_PRELOAD": "/lib/other.so", "FAKETIME_SHARED": "/sem /shm", "HOME": "/"}
    assert faketime.environment(2.5, given, "/lib/ft.so") == {
        "LD_PRELOAD": "/lib/ft.so:/lib/other.so",
        "FAKETIME": "+0 x2.5",
        "FAKETIME_DONT_RESET": "1",
        "HOME": "/",
    }
    assert faketime.environment(10, {}, "/lib/ft.so")["LD_PRELOAD"] == "/lib/ft.so"


def test_tidy() -> None:
    """The files of one process are removed, if there are any."""
    pid = int(token(4), 16) + 2**33
    files = [Path("/dev/shm", name.format(pid=pid)) for name in faketime.SHARED_MEMORY]
    for _ in range(2):
        faketime.tidy(pid)
        assert not any(file.exists() for file in files)
    for file in files:
        file.touch()
    faketime.tidy(pid)
    assert not any(file.exists() for file in files)
