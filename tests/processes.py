"""`mindvideo-mock` as a process of its own: what it says, where it is, how it ends."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PATIENCE_S = 20
COMMAND = (sys.executable, "-m", "mockserver.cli")


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """That of the tests, without any variable of ours but `more`; other folders find the package all the same."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MINDVIDEO_MOCK_")}
    return {**kept, "PYTHONPATH": str(ROOT), **(more or {})}


@dataclass(frozen=True, slots=True)
class Said:
    """A process that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def said(*arguments: str, send: str = "", more: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Said:
    """The command, run to its end."""
    ended = subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(more),
        input=send,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return Said(ended.returncode, ended.stdout, ended.stderr)


@dataclass(slots=True)
class Started:
    """A server that has announced itself; `banner` is the JSON of that."""

    process: subprocess.Popen[str]
    banner: dict[str, Any]

    @property
    def base_url(self) -> str:
        url: str = self.banner["base_url"]
        return url

    def stop(self, number: int) -> Said:
        """Send the signal; how the server ended."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return Said(self.process.returncode, out, err)


@contextmanager
def started(*options: str, more: Mapping[str, str] | None = None) -> Iterator[Started]:
    """`mindvideo-mock serve` on a free port; stopped at the end if it runs still."""
    arguments = ("serve", "--port", "0", "--log-format", "json", *options)
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment(more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield Started(process, json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def children(process_id: int) -> dict[int, str]:
    """The processes it has started, each with its command line."""
    command = ["ps", "-ww", "-o", "pid=,args=", "--ppid", f"{process_id}"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    rows = [line.strip().partition(" ") for line in listed.splitlines()]
    return {int(number): title for number, _, title in rows}
