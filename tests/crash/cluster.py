"""A PostgreSQL of one's own in a temporary folder: made, killed and started again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

from mockserver.clock import monotonic_s
from tests.processes import children

START_S = 60
BY_DISTRIBUTION = Path("/usr/lib/postgresql")
"""Where Debian keeps what only administrators start."""

LOCAL = "127.0.0.1"
OPTIONS = ("fsync=off", "max_connections=100", "logging_collector=off")
"""A process that is killed loses nothing that the kernel has; only a machine that stops would."""


def program(name: str) -> str:
    """The newest there is."""
    found = sorted(BY_DISTRIBUTION.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    path = shutil.which(name) or (str(found[-1]) if found else None)
    if path is None:
        sys.exit(f"crash: no {name} of PostgreSQL on this machine")
    return path


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server((LOCAL, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


class Cluster:
    """One database server on a free port; root hands it to the user `postgres`, for it does not run as root.

    `within` goes before each command: what runs it on a host that is a namespace; `address` is that host's.
    """

    def __init__(self, address: str = LOCAL, within: tuple[str, ...] = ()) -> None:
        self._address = address
        self._within = [*within]
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="mindvideo-crash-"))
        self._log = (self._folder / "log").open("ab")

    def _make(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
            self._within += ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        made = [program("initdb"), "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*self._within, *made], check=True, stdout=self._log, stderr=self._log, cwd="/")
        if self._address != LOCAL:
            with (self._data / "pg_hba.conf").open("a") as rules:
                rules.write("host all all all trust\n")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@{self._address}:{self._port}/postgres"

    def start(self) -> None:
        """Return once it answers. While processes of one that was killed still run, it cannot begin."""
        command = [*self._within, program("postgres"), "-D", str(self._data), "-p", str(self._port)]
        command += ["-k", str(self._folder), "-h", self._address]
        command += [word for option in OPTIONS for word in ("-c", option)]
        ready = [*self._within, program("pg_isready"), "-q", "-h", self._address, "-p", str(self._port)]
        until_s = monotonic_s() + START_S
        while monotonic_s() < until_s:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, cwd="/")
            if not subprocess.run(ready, check=False).returncode:
                return
        sys.exit(f"crash: PostgreSQL does not start, see {self._folder / 'log'}")

    def backends(self, host: str = LOCAL) -> list[int]:
        """The processes that serve a replica on that host, each a connection."""
        if self._process is None:
            return []
        return [each for each, title in children(self._process.pid).items() if f" {host}(" in title]

    def kill(self) -> None:
        """End it as the kernel would for lack of memory."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        try:
            self._make()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # fast: it does not wait for clients
            self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder)
