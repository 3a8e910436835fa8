"""What a process has used: seconds of CPU, and memory. From /proc; None where there is none."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

PROC = Path("/proc")


def family(process_id: int) -> list[int]:
    """The process and all that it has started, whatever those have started included."""
    found = [process_id]
    for each in found:
        for listed in PROC.glob(f"{each}/task/*/children"):
            try:
                found += map(int, listed.read_text().split())
            except OSError:  # it has ended
                continue
    return found


def cpu_s(process_ids: Iterable[int]) -> dict[int, float]:
    """Seconds of CPU that each of these processes has used up to now, in user and in kernel mode; nothing elsewhere."""
    if not PROC.joinpath("self/stat").exists():
        return {}
    return {each: _ticks(each) / os.sysconf("SC_CLK_TCK") for each in process_ids}


def waited_s(process_ids: Iterable[int]) -> dict[int, float]:
    """Seconds that the threads of each of these processes were ready to run while others had the core."""
    found = {}
    for each in process_ids:
        texts = []
        for path in PROC.glob(f"{each}/task/*/schedstat"):
            try:
                texts.append(path.read_text())
            except OSError:
                continue
        if texts:
            found[each] = sum(int(text.split()[1]) for text in texts) / 1e9
    return found


def since_s(before: Mapping[int, float], after: Mapping[int, float]) -> float | None:
    """What was used between two looks, of those that are there at the second; None where none are."""
    if not after:
        return None
    return sum(seconds - before.get(each, 0.0) for each, seconds in after.items())


def _ticks(process_id: int) -> int:
    """utime + stime; also of children that have ended and been waited for."""
    try:
        text = PROC.joinpath(f"{process_id}/stat").read_text()
    except OSError:
        return 0
    return ticks(text)


def ticks(stat: str) -> int:
    """utime, stime, cutime and cstime of a line of /proc/PID/stat: members 14 to 17; the name may hold anything."""
    return sum(map(int, stat.rpartition(")")[2].split()[11:15]))


def resident_mb(process_id: int) -> float | None:
    """Resident memory of the process and its children, in MB of 2^20 bytes."""
    found = []
    for each in family(process_id):
        try:
            found.append(PROC.joinpath(f"{each}/status").read_text())
        except OSError:
            continue
    sizes = [re.search(r"VmRSS:\s+(\d+) kB", text) for text in found]
    return sum(int(size[1]) for size in sizes if size) / 1024 if found else None
