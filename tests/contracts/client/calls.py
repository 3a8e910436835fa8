"""Calls to run clients with, small clients, and a look at what they have left behind."""

import os
import select
import sys
from pathlib import Path
from typing import Any

from contracts.client import Call
from contracts.run import Hints

KEY = "mv_test_0123456789abcdef"
PATIENCE_S = 60.0
REPORT = '{"outcome": "succeeded", "task_id": "task_1", "urls": ["http://127.0.0.1:1/out.mp4"]}'
HINTS = Hints(poll_interval_s=0.25, backoff_base_s=0.00001, request_timeout_s=10.0, deadline_s=600)


def call(limit_s: float = PATIENCE_S, key: str = KEY, **members: Any) -> Call:
    """A call; `members` go into the input of its request."""
    request = {"model": "kling-v3", "input": {"prompt": "人物 [life 0-0]", **members}}
    return Call("http://127.0.0.1:1", key, request, HINTS, limit_s)


def python(program: str, *arguments: str) -> list[str]:
    """A client in Python, started as quickly as can be."""
    return [sys.executable, "-I", "-S", "-c", program, *arguments]


def bash(program: str, *arguments: str) -> list[str]:
    """A client in bash; `$1` is the first argument."""
    return ["bash", "-c", program, "client", *arguments]


def is_gone(pid: int) -> bool:
    """Whether the process is no more; one that has been killed may take a moment."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    ended = poller.poll(PATIENCE_S * 1000)
    os.close(descriptor)
    return bool(ended)


def with_mark(mark: str) -> list[int]:
    """The processes of client runs that have such a variable in their environment."""
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if _holds(path, mark)]


def _holds(path: Path, mark: str) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return f"{mark}=".encode() in data and b"MINDVIDEO_RUN_ID=" in data
