"""A program that keeps three workers; how they behave is its argument. Each prints a line when it begins."""

import os
import select
import signal
import sys
from pathlib import Path

from mockserver.host.logs import set_up
from mockserver.host.workers import Duty, supervise

MORE_THAN_A_PIPE_HOLDS = 100_000
SILENCE_S = 2.0
"""Those that do not beat are not at work for so long, but for the one that hangs."""


def steady(duty: Duty) -> int:
    """Ready at once, at work until told to stop."""
    duty.ready("first" if duty.is_first else "other")
    os.write(1, b"worker %d\n" % os.getpid())
    select.select([duty.lifeline], [], [])
    return 0


def slow(duty: Duty) -> int:
    """Not ready before there is a file."""
    os.write(1, b"worker %d\n" % os.getpid())
    while not Path(sys.argv[2]).exists():
        select.select([], [], [], 0.01)
    return steady(duty)


def deaf(duty: Duty) -> int:
    """Nothing stops it."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    duty.ready("first")
    os.write(1, b"worker %d\n" % os.getpid())
    while True:
        select.select([], [], [], 60)


def stuck(duty: Duty) -> int:
    """The first one is silent once it is ready; the others beat. It is also the first to print its line."""
    os.write(1, b"worker %d\n" % os.getpid())
    duty.ready("first" if duty.is_first else "other")
    while not select.select([duty.lifeline], [], [], 0.1)[0]:
        if not duty.is_first:
            duty.beat()
    return 0


def chatty(duty: Duty) -> int:
    """Once the parent is stopped it says more than a pipe holds."""
    duty.ready("first" if duty.is_first else "other")
    os.write(1, b"worker %d\n" % os.getpid())
    parent = Path(f"/proc/{os.getppid()}/stat")
    while parent.read_text().rpartition(")")[2].split()[0] != "T":
        duty.beat()
    for _ in range(MORE_THAN_A_PIPE_HOLDS):
        duty.beat()
    os.write(1, b"unheard\n")
    while not select.select([duty.lifeline], [], [], 0.1)[0]:
        duty.beat()
    return 0


def broken(duty: Duty) -> int:
    """A bug."""
    raise LookupError("a bug of a worker")


def unable(duty: Duty) -> int:
    """It finds that it cannot begin."""
    return 2


def announce(word: str) -> None:
    """In one write, so that lines stay whole."""
    os.write(1, f"announced {word}\n".encode())


if __name__ == "__main__":
    set_up("text")
    work = {each.__name__: each for each in (steady, slow, deaf, stuck, chatty, broken, unable)}[sys.argv[1]]
    sys.exit(supervise(3, work, announce, SILENCE_S))
