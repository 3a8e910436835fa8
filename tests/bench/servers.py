"""The servers that are measured, each a process on the server's core: how it starts and what it is asked."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from mockserver.accounts import account_id_of
from mockserver.clock import monotonic_s, sleep
from tests.bench.asked import BODY, KEY, Asked, create
from tests.bench.load import LOAD_CORE, SERVER_CORE, Broken
from tests.crash.cluster import free_port
from tests.processes import ROOT, environment

START_S = 60
STOP_S = 20
LOOK_S = 0.002
UVICORN = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header")
"""What our server gives uvicorn."""

HEALTH = "/_mock/health"
FIRST = "bench-first"
MONEY = b'{"amount": 100000000}'

Targets = Mapping[str, Asked]
"""What a server is asked, by the name of the operation: GET, POST, events, replay."""


@dataclass(frozen=True, slots=True)
class Server:
    """One that can be started. `{port}` in the command is a free one; `ready_path` answers 200 once it serves.

    `targets` makes ready what the operations ask for, at the beginning of each round. `absent` is why it is not here.
    """

    name: str
    command: tuple[str, ...]
    ready_path: str
    targets: Callable[[str], Targets]
    version: str
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """One that serves; `ready_s` is the time from the start of its process to its first 200."""

    server: Server
    base_url: str
    process_id: int
    ready_s: float


def pin(core: int) -> tuple[str, ...]:
    """The command that keeps another one on a core; nothing where there is but one core, or no such command."""
    return ("taskset", "-c", f"{core}") if (os.cpu_count() or 1) > 1 and shutil.which("taskset") else ()


def load_pin() -> tuple[str, ...]:
    """The generator's core is not the server's."""
    return pin(LOAD_CORE)


@contextmanager
def started(server: Server) -> Iterator[Running]:
    """Start it and wait until it serves; it is ended at the end.

    Raises:
        Broken: if it does not serve.
    """
    port = free_port()
    words = [word.replace("{port}", f"{port}") for word in server.command]
    started_s = monotonic_s()
    process = subprocess.Popen(
        [*pin(SERVER_CORE), *words],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _is_ready(port, server.ready_path):
            if process.poll() is not None or monotonic_s() - started_s > START_S:
                raise Broken(f"{server.name} does not start: {' '.join(words)}")
            pause(LOOK_S)
        yield Running(server, f"http://127.0.0.1:{port}", process.pid, monotonic_s() - started_s)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pause(seconds: float) -> None:
    """Let others work."""
    asyncio.run(_asleep(seconds))


async def _asleep(seconds: float) -> None:
    await sleep(seconds)


def _is_ready(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=START_S)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {KEY}"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def call(url: str, body: bytes | None = None, idempotency_key: str = "", method: str | None = None) -> Any:
    """One request, its answer parsed."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    if idempotency_key:
        headers["Idempotency-Key"] = idempotency_key
    with urlopen(Request(url, data=body, headers=headers, method=method)) as answer:
        return json.load(answer)


def _constant(_: str) -> Targets:
    """A server that makes no tasks is asked for any."""
    return {"GET": Asked("GET", "/api/v1/tasks/task_4a641b4726659c6b7861be3f"), "POST": create()}


def _ours(base_url: str) -> Targets:
    """The tasks that are polled have ended: theirs is the longest answer."""
    account = f"{base_url}/_mock/accounts/{KEY}"
    body = BODY.replace("{n}", "first")
    task_id = call(f"{base_url}/api/v1/tasks", body.encode(), FIRST)["task_id"]
    if call(f"{base_url}/api/v1/tasks/{task_id}")["status"] != "succeeded":
        call(f"{account}/topup", MONEY)
        call(f"{account}/clock/advance", b'{"until": "idle"}')
    return {
        "GET": Asked("GET", f"/api/v1/tasks/{task_id}"),
        "POST": create(),
        "events": Asked("GET", f"/api/v1/tasks/{task_id}/events"),
        "replay": Asked("POST", "/api/v1/tasks", body, FIRST),
    }


def account_id() -> str:
    """That of the one account."""
    return account_id_of(KEY)


def _asgi(name: str, module: str, of: str) -> Server:
    command = (sys.executable, "-m", "uvicorn", f"tests.bench.{module}:app", "--port", "{port}", *UVICORN)
    return Server(name, command, "/api/v1/tasks/any", _constant, f"{of} {version(of)}")


def baselines() -> list[Server]:
    """The bare application first: all others are measured by it."""
    return [
        _asgi("bare ASGI", "bare", "uvicorn"),
        _asgi("Starlette", "minimal_starlette", "starlette"),
        _asgi("FastAPI", "minimal_fastapi", "fastapi"),
    ]


def ours(name: str, store: str, more: str = "") -> Server:
    """This server by its command line, with its defaults but for the store."""
    command = (sys.executable, "-m", "mockserver.cli", "serve", "--port", "{port}", "--store", store)
    return Server(f"ours, {name}", command, HEALTH, _ours, f"{version('mindvideo-mock')}{more}")


def sqlite(folder: Path) -> Server:
    """This server on a file."""
    return ours("SQLite", f"sqlite:///{folder / 'bench.db'}")
