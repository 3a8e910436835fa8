"""A PostgreSQL of one's own in a temporary folder: made, killed and started again."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

from mockserver.clock import monotonic_s
from tests.processes import children

START_S = 60
BY_DISTRIBUTION = Path("/usr/lib/postgresql")
"""Where Debian keeps what only administrators start."""

OPTIONS = ("fsync=off", "max_connections=100", "listen_addresses=127.0.0.1", "logging_collector=off")
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
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


class Cluster:
    """One database server on a free port; root hands it to the user `postgres`, for it does not run as root."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="mindvideo-crash-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
            self._as = {"user": "postgres", "group": "postgres", "extra_groups": []}
        self._port = free_port()
        self._log = (self._folder / "log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None
        made = [program("initdb"), "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(made, check=True, stdout=self._log, stderr=self._log, cwd="/", **self._as)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Return once it answers. While processes of one that was killed still run, it cannot begin."""
        command = [program("postgres"), "-D", str(self._data), "-p", str(self._port), "-k", str(self._folder)]
        command += [word for option in OPTIONS for word in ("-c", option)]
        until_s = monotonic_s() + START_S
        while monotonic_s() < until_s:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, cwd="/", **self._as)
            if subprocess.run(
                [program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)], check=False
            ).returncode:
                continue
            return
        sys.exit(f"crash: PostgreSQL does not start, see {self._folder / 'log'}")

    def backends(self) -> list[int]:
        """The processes that serve a replica each."""
        if self._process is None:
            return []
        return [each for each, title in children(self._process.pid).items() if "127.0.0.1(" in title]

    def kill(self) -> None:
        """End it as the kernel would for lack of memory."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.send_signal(2)  # fast: it does not wait for clients
        self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder)
