"""`mindvideo-mock serve` on a port that stays the same, however often it is killed."""

import json
import subprocess
import sys
import tempfile
from typing import Self

from mockserver.clock import monotonic_s
from tests.crash.cluster import LOCAL, free_port
from tests.processes import COMMAND, ROOT, children, environment

START_S = 60
STOP_S = 20


class Served:
    """One server; `workers` of them share the port.

    `within` goes before the command: what runs it on a host that is a namespace; `address` is that host's.
    """

    def __init__(self, store: str, workers: int = 1, address: str = LOCAL, within: tuple[str, ...] = ()) -> None:
        self.address = address
        self.port = free_port()
        options = ("--host", address, "--port", f"{self.port}", "--log-format", "json", "--store", store)
        self._command = [*within, *COMMAND, "serve", *options, "--workers", f"{workers}"]
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it lives as long as the server
        self._process: subprocess.Popen[str] | None = None

    @property
    def base_url(self) -> str:
        return f"http://{self.address}:{self.port}"

    def start(self) -> None:
        """Return once it has announced itself; while workers of one that was killed still listen, it cannot."""
        until_s = monotonic_s() + START_S
        while monotonic_s() < until_s:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=self._log, text=True
            )
            assert self._process.stdout is not None
            if self._process.stdout.readline():
                return
            self._process.wait()
        sys.exit(f"crash: the server does not start: {self.errors()}")

    def workers(self) -> list[int]:
        """Their process ids, at this moment."""
        assert self._process is not None
        return list(children(self._process.pid))

    def kill(self) -> None:
        """End the one process, or the parent of the workers."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def errors(self) -> list[str]:
        """What it has logged that is a fault of its own."""
        self._log.seek(0)
        lines = [json.loads(line) if line.startswith("{") else {"message": line} for line in self._log]
        return [
            line["message"]
            for line in lines
            if line.get("level", "error") == "error" and "address already in use" not in line["message"]
        ]

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=STOP_S)
        self._log.close()
