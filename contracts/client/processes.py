"""The processes of clients, as the harness sees them: started by way of the keeper, spoken with without blocking."""

import errno
import json
import os
import select
import selectors
import socket
import subprocess
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from contracts.client import keeper
from mockserver.clock import wall_ms

READ_BYTES = 1 << 20
"""More than a pipe holds: one read empties it."""

KEEPER_S = 8.0
"""How long the keeper may take to end what it keeps."""

Take = Callable[[bytes], None]

REMEDIES = {
    errno.ENOENT: "it is not on PATH, or the interpreter in its first line is missing",
    errno.EACCES: "it is not executable: name its interpreter too, such as 'python client.py'",
    errno.ENOEXEC: "it is no program: name its interpreter too, such as 'python client.py'",
    errno.E2BIG: "the request and the environment are too large for the system",
}


class CannotRun(Exception):
    """The command cannot be run at all: what it is, and what to do. A mistake of usage, no verdict on the client."""


class Stream:
    """One output of a process, given on as it comes to those who listen."""

    def __init__(self, selector: selectors.BaseSelector, fd: int) -> None:
        self._selector = selector
        self._fd = fd
        self._takes: tuple[Take, ...] = ()
        self.heard_bytes = 0
        self.is_open = True
        os.set_blocking(fd, False)
        selector.register(fd, selectors.EVENT_READ, self.read)

    def listen(self, *takes: Take) -> None:
        """From now on these are given what comes, and it is counted anew."""
        self._takes, self.heard_bytes = takes, 0

    def read(self) -> None:
        """Take what there is; the end of it closes the stream."""
        with suppress(BlockingIOError):
            chunk = os.read(self._fd, READ_BYTES)
            self.heard_bytes += len(chunk)
            for take in self._takes:
                take(chunk)
            if not chunk:
                self.close()

    def is_hung_up(self) -> bool:
        """Whether nobody can write to it any more, be there something left to read or not."""
        if not self.is_open:
            return True
        poller = select.poll()
        poller.register(self._fd, 0)
        return bool(poller.poll(0))

    def close(self) -> None:
        """Listen no longer."""
        if self.is_open:
            self.is_open = False
            self._selector.unregister(self._fd)
            os.close(self._fd)


class Input:
    """The standard input of a process, written as the process takes it; one that does not read is left alone."""

    def __init__(self, selector: selectors.BaseSelector, fd: int) -> None:
        self._selector = selector
        self._fd = fd
        self._pending = b""
        self._is_last = False
        self.is_open = True
        os.set_blocking(fd, False)

    def send(self, data: bytes, *, is_last: bool) -> None:
        """Write this too; after the last comes the end of the file."""
        if not self._pending and self.is_open:
            self._selector.register(self._fd, selectors.EVENT_WRITE, self.write)
        self._pending += data
        self._is_last = is_last

    def write(self) -> None:
        """Write as much as there is room for."""
        try:
            self._pending = self._pending[os.write(self._fd, self._pending) :]
        except BrokenPipeError:
            return self.close()
        if self._pending:
            return None
        if self._is_last:
            return self.close()
        self._selector.unregister(self._fd)
        return None

    def close(self) -> None:
        """Write no more."""
        if self.is_open:
            self.is_open = False
            with suppress(KeyError):
                self._selector.unregister(self._fd)
            os.close(self._fd)


class Process:
    """A client's process and whatever it starts; `is_gone` once nothing is left of them."""

    def __init__(
        self, selector: selectors.BaseSelector, control: socket.socket, stdin: Input, stdout: Stream, stderr: Stream
    ) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.started_at_ms = wall_ms()
        self.ended_at_ms: int | None = None
        self.pid: int | None = None
        self.exit_code: int | None = None
        self.refusal: str | None = None
        self.is_gone = False
        self._selector = selector
        self._control = control
        self._heard = b""
        selector.register(control, selectors.EVENT_READ, self.hear)

    @property
    def is_silent(self) -> bool:
        """Whether nobody can write to either output any more."""
        return not self.stdout.is_open and not self.stderr.is_open

    @property
    def is_lost(self) -> bool:
        """Whether its keeper has gone without a word, or will not go."""
        return self.is_gone and self.exit_code is None and self.refusal is None

    def terminate(self) -> None:
        """SIGTERM to its process group."""
        with suppress(OSError):
            self._control.send(keeper.TERMINATE)

    def end(self) -> None:
        """SIGKILL to all that is left; `is_gone` tells when that is done."""
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Return once nothing is left of it."""
        self.end()
        self._control.settimeout(KEEPER_S)
        while not self.is_gone:
            self.hear()
        self._control.close()
        self.stdin.close()
        self.drain()
        for stream in (self.stdout, self.stderr):
            stream.close()

    def drain(self) -> None:
        """Take what has been written and not been read yet."""
        for stream in (self.stdout, self.stderr):
            if stream.is_open:
                stream.read()

    def hear(self) -> None:
        """What the keeper has told, up to its last word: that it has hung up too."""
        if self.is_gone:
            return
        try:
            data = self._control.recv(4096)
        except BlockingIOError:
            return
        except OSError:  # It was killed before it could hear us, or cannot get rid of a process.
            data = b""
        if not data:
            self.is_gone = True
            self._selector.unregister(self._control)
        *lines, self._heard = (self._heard + data).split(b"\n")
        for line in lines:
            self._note(json.loads(line))

    def _note(self, told: Mapping[str, int | str | None]) -> None:
        match told:
            case {"pid": int(pid)}:
                self.pid = pid
            case {"exit_code": int(exit_code)} if self.exit_code is None:
                self.exit_code, self.ended_at_ms = exit_code, wall_ms()
            case {"error": str(error), "errno": number}:
                self.refusal = REMEDIES.get(number, error) if isinstance(number, int) else error


class Keeper:
    """The program that all processes are started by (`keeper.py`); it is started when first needed."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._calls: socket.socket | None = None
        self._close: Callable[[], object] = lambda: None

    def start(
        self,
        selector: selectors.BaseSelector,
        argv: Sequence[str],
        environment: Mapping[str, str],
        cwd: str | None,
    ) -> Process:
        """A process of a client."""
        command = json.dumps({"argv": list(argv), "env": dict(environment), "cwd": cwd}).encode()
        (stdin, to_stdin), (from_stdout, stdout), (from_stderr, stderr) = os.pipe(), os.pipe(), os.pipe()
        control, theirs = socket.socketpair()
        process = Process(
            selector,
            control,
            Input(selector, to_stdin),
            Stream(selector, from_stdout),
            Stream(selector, from_stderr),
        )
        try:
            socket.send_fds(self._served(), [b"c"], [theirs.fileno(), stdin, stdout, stderr])
            control.sendall(len(command).to_bytes(keeper.SIZE_BYTES) + command)
        finally:
            theirs.close()
            for fd in (stdin, stdout, stderr):
                os.close(fd)
        control.setblocking(False)
        return process

    def _served(self) -> socket.socket:
        if self._calls is None or self._server is None or self._server.poll() is not None:
            self._close()
            self._calls, theirs = socket.socketpair()
            program = [sys.executable, "-I", str(Path(keeper.__file__)), str(theirs.fileno())]
            self._server = subprocess.Popen(
                program,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            theirs.close()
            self._close = weakref.finalize(self, _hang_up, self._calls, self._server)
        return self._calls

    def close(self) -> None:
        """End the program and all that it keeps; also done when this object goes, or the interpreter."""
        self._close()
        self._calls = None


def _hang_up(calls: socket.socket, server: "subprocess.Popen[bytes]") -> None:
    with suppress(OSError):
        calls.shutdown(socket.SHUT_RDWR)
    calls.close()
    server.wait(KEEPER_S)
