"""What a run does not show of the keeper and of those who talk with it."""

import os
import selectors
import signal
import socket
import subprocess
import sys
from pathlib import Path

from contracts.client import keeper
from contracts.client.processes import Input, Keeper, Process, Stream

KEEPER = Path(keeper.__file__)
GIVES_UP = """
import os, runpy, subprocess, sys
keeper = runpy.run_path(sys.argv[1])
child = subprocess.Popen(["sleep", "600"])
waking = keeper["wakened"]()
keeper["end_all"](waking, {}, rounds=0)
print(child.poll())
ended = {}
keeper["end_all"](waking, ended)
print(ended == {child.pid: -9})
"""


def test_descendants() -> None:
    """Children and their children are found, whatever their names are."""
    program = "exec -a 'a) b (c' bash -c 'sleep 600 & echo $$ $!; wait'"
    with subprocess.Popen(["bash", "-c", f"({program}) & wait"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child, grandchild = map(int, process.stdout.readline().split())
        found = keeper.descendants(process.pid)
        for pid in (child, grandchild):
            os.kill(pid, signal.SIGKILL)
    assert found == [child, grandchild]


def test_gives_up() -> None:
    """It tries for so many rounds, and no longer: what it may not kill does not keep it for ever."""
    command = [sys.executable, "-I", "-c", GIVES_UP, str(KEEPER)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout == "None\nTrue\n"


def process(selector: selectors.BaseSelector) -> tuple[Process, socket.socket, list[int]]:
    """A process of which there are only the pipes: it, the keeper's end of the socket, and the pipes' other ends."""
    control, theirs = socket.socketpair()
    control.setblocking(False)
    (reads, stdin), (stdout, writes), (stderr, warns) = os.pipe(), os.pipe(), os.pipe()
    made = Process(selector, control, Input(selector, stdin), Stream(selector, stdout), Stream(selector, stderr))
    return made, theirs, [reads, writes, warns]


def test_keeper_that_dies() -> None:
    """A keeper that is gone without having heard us is taken for what it is."""
    with selectors.DefaultSelector() as selector:
        made, theirs, ends = process(selector)
        made.hear()
        assert not made.is_gone
        made.terminate()
        theirs.close()
        made.hear()
        assert made.is_lost
        made.terminate()
        made.close()
    for end in ends:
        os.close(end)


def test_late_request() -> None:
    """A client that has ended is not asked to end: its number may be somebody else's by now."""
    with selectors.DefaultSelector() as selector:
        served = Keeper()
        made = served.start(selector, ["true"], os.environ, None)
        while made.exit_code is None:
            for key, _ in selector.select():
                key.data()
        made.terminate()
        made.close()
        served.close()
    assert made.exit_code == 0


def test_stream_that_others_hold() -> None:
    """What was written before the end is heard, even where somebody holds the other end of the stream for ever."""
    with selectors.DefaultSelector() as selector:
        made, theirs, ends = process(selector)
        heard: list[bytes] = []
        made.stdout.listen(heard.append)
        os.write(ends[1], b"x" * 60_000)
        theirs.close()
        made.close()
    assert heard == [b"x" * 60_000]
    for end in ends:
        os.close(end)


def test_input_in_turns() -> None:
    """What is to be written waits for room, and for what was to be written before it."""
    with selectors.DefaultSelector() as selector:
        made, theirs, ends = process(selector)
        for part in (b"a" * 100_000, b"b" * 100_000):
            made.stdin.send(part, is_last=False)
        read = b""
        while len(read) < 200_000:
            made.stdin.write()
            read += os.read(ends[0], 1 << 20)
        assert read == b"a" * 100_000 + b"b" * 100_000
        theirs.close()
        made.close()
    for end in ends:
        os.close(end)
