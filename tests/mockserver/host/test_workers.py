"""Processes side by side, and the one that watches over them: begun, replaced, stopped, left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockserver.clock import monotonic_s
from tests.processes import PATIENCE_S, ROOT, environment


@contextmanager
def crew(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The program `crew.py`."""
    command = [sys.executable, "-m", "tests.mockserver.host.crew", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    """The next of what it prints."""
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


def workers(said: list[str]) -> list[int]:
    return [int(line.split()[1]) for line in said if line.startswith("worker")]


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Code, output and errors, once no process has the output open any more."""
    out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_begun_replaced_stopped(number: int) -> None:
    """It is announced once, when all are ready; who dies is replaced; a signal to the parent ends all, with code 0."""
    with crew("steady") as process:
        said = lines(process, 4)
        assert said.count("announced first") == 1
        first, second, third = workers(said)
        os.kill(second, signal.SIGKILL)
        [fourth] = workers(lines(process, 1))
        assert fourth not in (first, second, third)
        process.send_signal(number)
        assert ended(process) == (0, "", f"warning: Worker {second} ended (signal 9); another takes its place.\n")


def test_without_a_parent() -> None:
    """Workers do not outlive it."""
    with crew("steady") as process:
        lines(process, 4)
        process.kill()
        assert ended(process) == (-signal.SIGKILL, "", "")


def test_one_that_ends_before_it_is_ready(tmp_path: Path) -> None:
    """Another is tried after a pause; as long as there was none, it is the first, and the others wait for it."""
    flag = tmp_path / "flag"
    with crew("slow", str(flag)) as process:
        [first] = workers(lines(process, 1))
        os.kill(first, signal.SIGTERM)
        began_s = monotonic_s()
        assert workers(lines(process, 1)) != [first]
        assert monotonic_s() - began_s > 0.5
        flag.touch()
        assert "announced first" in lines(process, 6)
        process.terminate()
        code, _, err = ended(process)
        assert (code, err) == (0, f"warning: Worker {first} ended (exit code 0); another takes its place.\n")


def test_one_that_does_not_stop() -> None:
    """It is ended."""
    with crew("deaf") as process:
        lines(process, 4)
        process.terminate()
        assert ended(process) == (0, "", "")


def test_one_that_hangs() -> None:
    """It is ended, and another takes its place; those that are heard of live on."""
    with crew("stuck") as process:
        first, *others = workers(lines(process, 4))
        [fourth] = workers(lines(process, 1))
        assert fourth not in (first, *others)
        process.terminate()
        code, out, err = ended(process)
    assert (code, out) == (0, "")
    assert err == (
        f"error: Worker {first} hangs: it was silent for 2 s.\n"
        f"warning: Worker {first} ended (signal 9); another takes its place.\n"
    )


def test_a_parent_that_does_not_listen() -> None:
    """Workers go on although nobody takes what they say."""
    with crew("chatty") as process:
        lines(process, 4)
        process.send_signal(signal.SIGSTOP)
        assert lines(process, 3) == ["unheard"] * 3
        process.send_signal(signal.SIGCONT)
        process.terminate()
        assert ended(process) == (0, "", "")


@pytest.mark.parametrize(("kind", "code", "told"), [("unable", 2, ""), ("broken", 1, "a bug of a worker")])
def test_nothing_to_begin_with(kind: str, code: int, told: str) -> None:
    """What the first one finds is found once: its exit code is the parent's, and a bug is told."""
    with crew(kind) as process:
        found, out, err = ended(process)
    assert (found, out, told in err, "takes its place" in err) == (code, "", True, False)
