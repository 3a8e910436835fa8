"""A program of its own, between the harness and the clients: nothing that a client starts outlives its call.

It forks a keeper for each call. The keeper is the parent of the client's process and, by PR_SET_CHILD_SUBREAPER, of
every descendant that loses its own, whatever session, group or environment that one made for itself. When the harness
hangs up, be it that the call is over or that the harness was killed, the keeper kills until the system says that it
has no child left. Where there is neither that call nor /proc, as on macOS, only the client's process group is killed.

It imports nothing of ours and runs one thread, so that it may fork.
"""

import ctypes
import glob
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

PR_SET_CHILD_SUBREAPER = 36
SIZE_BYTES = 8
TERMINATE = b"T"
LOOK_AGAIN_S = 0.02
GRACE = 50
"""Rounds in which the keepers may end what they keep, and then themselves."""

ROUNDS = 150
"""After so many it is given up: what still lives is not ours to kill, as under `sudo`."""


def main(number: int) -> None:
    """Take calls from the socket: for each its own, and standard input, output and error."""
    # Handlers, not SIG_IGN, which the clients would inherit: only the harness ends this process, by hanging up.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _unmoved)
    signal.signal(signal.SIGCHLD, lambda *_: reap({}))
    adopt_orphans()
    with socket.socket(fileno=number) as calls:
        while fds := socket.recv_fds(calls, 1, 4)[1]:
            if os.fork() == 0:
                calls.close()
                keep(socket.socket(fileno=fds[0]), *fds[1:])
                os._exit(0)  # An orderly end of the interpreter costs more than all the rest.
            for fd in fds:
                os.close(fd)
    end_all(wakened(), {}, grace=GRACE)


def keep(control: socket.socket, stdin: int, stdout: int, stderr: int) -> None:
    """Start the client and tell of it; end it, and whatever it has started, when the harness hangs up."""
    adopt_orphans()
    waking, command = wakened(), received(control)
    try:
        client = subprocess.Popen(
            command["argv"],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=command["env"],
            cwd=command["cwd"],
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        say(control, error=str(error), errno=getattr(error, "errno", None))
        return
    for fd in (stdin, stdout, stderr):
        os.close(fd)
    say(control, pid=client.pid)
    ended: dict[int, int] = {}
    attend(control, waking, client.pid, ended)
    if client.pid not in ended:
        kill(os.killpg, client.pid, signal.SIGKILL)
    end_all(waking, ended)
    say(control, exit_code=ended.get(client.pid))


def attend(control: socket.socket, waking: int, client: int, ended: dict[int, int]) -> None:
    """Until the harness hangs up: pass on what it asks for, and tell it when the client has ended."""
    poller = select.poll()
    for fd in (control.fileno(), waking):
        poller.register(fd, select.POLLIN)
    is_told = False
    while True:
        ready = [fd for fd, _ in poller.poll()]
        drain(waking)
        reap(ended)
        if client in ended and not is_told:
            is_told = True
            say(control, exit_code=ended[client])
        if control.fileno() in ready:
            if asked(control) != TERMINATE:
                return
            if client not in ended:
                kill(os.killpg, client, signal.SIGTERM)


def asked(control: socket.socket) -> bytes:
    """What the harness asks for; nothing if it has hung up, be it without having heard all that it was told."""
    with suppress(ConnectionError):
        return control.recv(1)
    return b""


def received(control: socket.socket) -> Any:
    """The command: its size, then its JSON."""
    size = int.from_bytes(control.recv(SIZE_BYTES, socket.MSG_WAITALL))
    return json.loads(control.recv(size, socket.MSG_WAITALL))


def say(control: socket.socket, **members: Any) -> None:
    """Tell the harness, if it still listens: one line of JSON."""
    with suppress(OSError):
        control.sendall(json.dumps(members).encode() + b"\n")


def adopt_orphans() -> None:
    """Descendants that lose their parent become this process's children, where the system knows of that."""
    with suppress(AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(ended: dict[int, int]) -> bool:
    """Take note of the children that have ended; whether there are others."""
    with suppress(ChildProcessError):
        while (child := os.waitpid(-1, os.WNOHANG))[0]:
            ended[child[0]] = os.waitstatus_to_exitcode(child[1])
        return True
    return False


def wakened() -> int:
    """A pipe that can be read when a child has ended."""
    waking, woken = os.pipe()
    for fd in (waking, woken):
        os.set_blocking(fd, False)
    signal.signal(signal.SIGCHLD, _unmoved)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    return waking


def drain(waking: int) -> None:
    """Forget who woke us."""
    with suppress(BlockingIOError):
        os.read(waking, 4096)


def end_all(waking: int, ended: dict[int, int], *, rounds: int = ROUNDS, grace: int = 0) -> None:
    """Kill all descendants, also those that are born meanwhile, until there is no child left.

    For as many rounds as `grace` says they may go by themselves.
    """
    for each in range(grace + rounds):
        if not reap(ended):
            return
        if each >= grace:
            for pid in descendants(os.getpid()):
                kill(os.kill, pid, signal.SIGKILL)
        select.select([waking], [], [], LOOK_AGAIN_S)
        drain(waking)


def kill(how: Callable[[int, int], None], pid: int, number: int) -> None:
    """Send the signal, unless there is nobody any more, or it is somebody else's."""
    with suppress(ProcessLookupError, PermissionError):
        how(pid, number)


def descendants(root: int) -> list[int]:
    """The children of a process, their children, and so on; none where there is no /proc."""
    children: dict[int, list[int]] = {}
    for path in glob.iglob("/proc/[0-9]*/stat"):
        with suppress(OSError), open(path, "rb") as file:
            number, rest = file.read().split(b" ", 1)
            # After the name, which may hold anything, come the state and the parent.
            parent = int(rest[rest.rindex(b")") :].split()[2])
            children.setdefault(parent, []).append(int(number))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found[1:]


def _unmoved(*_: object) -> None:
    """A handler that does nothing; what is executed afterwards has the default again."""


if __name__ == "__main__":
    main(int(sys.argv[1]))
