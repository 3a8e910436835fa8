"""Compressed time: a process under libfaketime, whose clocks and waits run several times as fast.

CPython and Node work, and so does what they start; what is linked statically, as Go is, does not. Known of libfaketime
0.9.10: a wait of CPython's threads with a limit (`Event.wait(5)`, `Queue.get(timeout=5)`, `Thread.join(5)`, so also
`threading.Timer`) lasts as long as in real time or far longer, for `sem_clockwait` is not intercepted.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from glob import glob
from pathlib import Path

from contracts.client.processes import CannotRun

PLACES = ("/usr/lib/*/faketime", "/usr/lib*/faketime", "/usr/local/lib*/faketime")
NAMES = ("libfaketimeMT.so.1", "libfaketime.so.1")
FASTEST = 1000
REMARK = " (Under libfaketime, a wait of a CPython thread with a limit, such as Event.wait(5), may last for ever.)"
SHARED_MEMORY = ("faketime_shm_{pid}", "sem.faketime_sem_{pid}")


def library(places: Sequence[str] = PLACES) -> str:
    """Where libfaketime is, the variant for threads if it can be had; else what the command `faketime` preloads.

    Raises:
        CannotRun: if it is not installed.
    """
    found = [path for name in NAMES for place in places for path in glob(f"{place}/{name}")]
    return found[0] if found else _preloaded_by_command()


def _preloaded_by_command() -> str:
    command = shutil.which("faketime")
    if command is not None:
        ended = subprocess.run(
            [command, "-m", "-f", "+0", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=False
        )
        if ended.stdout.strip():
            return ended.stdout.strip()
    raise CannotRun("--compress needs libfaketime: install it (Debian, Ubuntu: apt install faketime), or leave it out")


def environment(factor: float, base: Mapping[str, str], preloaded: str) -> dict[str, str]:
    """`base`, and what makes time run so many times as fast for the process and for what it starts."""
    others = [base["LD_PRELOAD"]] if base.get("LD_PRELOAD") else []
    return {
        **{name: value for name, value in base.items() if name != "FAKETIME_SHARED"},
        "LD_PRELOAD": os.pathsep.join([preloaded, *others]),
        "FAKETIME": f"+0 x{factor:g}",
        "FAKETIME_DONT_RESET": "1",
    }


def tidy(pid: int) -> None:
    """Remove the shared memory that libfaketime leaves behind of a process that was killed."""
    for name in SHARED_MEMORY:
        with suppress(OSError):
            Path("/dev/shm", name.format(pid=pid)).unlink()
