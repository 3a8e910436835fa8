"""`serve --workers`: processes on one port and one PostgreSQL are one server, and stay one while they come and go."""

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import asyncpg
import pytest

import mockserver
from mockserver.client import ControlClient
from tests.mockserver.store.conftest import emptied
from tests.mockserver.test_serve import create
from tests.processes import COMMAND, PATIENCE_S, ROOT, children, environment, said, started

KEY = "mv_live_me"


@pytest.fixture
async def url(postgresql_url: str) -> AsyncIterator[str]:
    """An empty database."""
    await emptied(postgresql_url)
    yield postgresql_url
    await emptied(postgresql_url)


def listeners(base_url: str) -> int:
    """How many sockets listen on the port."""
    local = f"{urlsplit(base_url).port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return sum(row[1].endswith(f":{local}") and row[3] == "0A" for row in rows)


def read(base_url: str, task_id: str, key: str) -> int:
    """The status of a poll over a connection of its own."""
    with urlopen(Request(f"{base_url}/api/v1/tasks/{task_id}", headers={"Authorization": f"Bearer {key}"})) as answer:
        status: int = answer.status
        return status


@pytest.mark.clause("C-ACCOUNT", "C-LEDGER", "C-HEALTH")
def test_workers_are_one_server(url: str) -> None:
    """Each answers for what the others made, under the key of the banner; who is killed is replaced; all stop well."""
    options = ("--workers", "3", "--store", url, "--keys", "strict", "--output-port", "0")
    with started(*options) as server:
        key = server.banner["key"]
        before = list(children(server.process.pid))
        assert len(before) == 3
        task_id = create(server.base_url, key)["task_id"]
        assert {read(server.base_url, task_id, key) for _ in range(40)} == {200}
        os.kill(before[1], signal.SIGKILL)
        while len(after := list(children(server.process.pid))) < 3 or before[1] in after:
            pass
        assert {read(server.base_url, task_id, key) for _ in range(40)} == {200}
        account = ControlClient(server.base_url).account(key)
        assert [task["task_id"] for task in account.tasks()] == [task_id]
        assert len(ControlClient(server.base_url).accounts()) == 1
        ended = server.stop(signal.SIGTERM)
    assert (ended.code, ended.out) == (0, "")
    assert f"Worker {before[1]} ended (signal 9); another takes its place." in ended.err
    assert ended.err.count("\n") == 1


def polls(base_url: str) -> float:
    """How many were answered, as whichever worker is asked tells."""
    with urlopen(f"{base_url}/metrics") as answer:
        text: str = answer.read().decode()
    found = re.search(r'mindvideo_mock_requests_total\{operation="read",status="200"\} (\S+)', text)
    return float(found[1]) if found else 0.0


@pytest.mark.clause("C-HEALTH")
def test_workers_count_together(url: str) -> None:
    """Every worker tells what all have counted, a beat ago at most; who takes the place of a killed one goes on."""
    with started("--workers", "2", "--store", url) as server:
        task_id = create(server.base_url, KEY)["task_id"]
        for _ in range(20):
            read(server.base_url, task_id, KEY)
        while not all(polls(server.base_url) == 20 for _ in range(10)):
            assert server.process.poll() is None
        killed, _ = children(server.process.pid)
        os.kill(killed, signal.SIGKILL)
        while len(after := list(children(server.process.pid))) < 2 or killed in after:
            assert server.process.poll() is None
        while not all(polls(server.base_url) == 20 for _ in range(10)):
            assert server.process.poll() is None
        assert server.stop(signal.SIGTERM).code == 0


HASTY = """
import sys
from mockserver.serve import serve
from mockserver.settings import Settings
sys.exit(serve(Settings(port=0, workers=2, log_format="json", store=sys.argv[1]), silence_s=3.0))
"""
"""A server whose workers hang, where they are silent for three seconds."""


@pytest.mark.clause("C-HEALTH")
def test_a_worker_that_hangs_is_replaced(url: str) -> None:
    """It is noticed by its silence; whoever has connected to it meanwhile is not kept waiting any longer."""
    with subprocess.Popen(
        [COMMAND[0], "-c", HASTY, url],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        base_url = json.loads(process.stdout.readline())["base_url"]
        task_id = create(base_url, KEY)["task_id"]
        stopped, other = children(process.pid)
        os.kill(stopped, signal.SIGSTOP)
        while len(after := list(children(process.pid))) < 2 or stopped in after:
            assert process.poll() is None
        assert other in after
        while listeners(base_url) < 2:
            assert process.poll() is None
        assert {read(base_url, task_id, KEY) for _ in range(20)} == {200}
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (0, "")
    said = [json.loads(line) for line in err.splitlines()]
    assert [(each["level"], each["message"]) for each in said] == [
        ("error", f"Worker {stopped} hangs: it was silent for 3 s."),
        ("warning", f"Worker {stopped} ended (signal 9); another takes its place."),
    ]


@pytest.mark.clause("F-FAULT")
def test_refuse(url: str) -> None:
    """The worker that meets the fault listens no more for a while, the others go on; then it does again."""
    with started("--workers", "2", "--store", url) as server:
        account = ControlClient(server.base_url).account(KEY)
        account.fault("refuse", on="create", seconds=3)
        assert listeners(server.base_url) == 2
        with pytest.raises(ConnectionResetError):
            create(server.base_url, KEY)
        assert listeners(server.base_url) == 1
        assert {create(server.base_url, KEY)["status"] for _ in range(3)} == {"queued"}
        while listeners(server.base_url) < 2:
            assert server.process.poll() is None
        ended = server.stop(signal.SIGTERM)
    assert (ended.code, ended.err) == (0, "")


def test_what_is_for_one_process(tmp_path: Path) -> None:
    """Memory and SQLite are refused by more than one worker, and so is a server in a thread."""
    for store, kind in (("memory", "memory"), (f"sqlite:///{tmp_path}/m.db", "sqlite")):
        ended = said("serve", "--port", "0", "--workers", "2", "--store", store)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err == (f"mindvideo-mock: 2 workers need --store postgresql://…: {kind} is for one process\n")
    with pytest.raises(ValueError, match="one process"):
        mockserver.Server(workers=2)


def test_a_database_of_somebody_else(url: str) -> None:
    """It is told once, with exit code 2."""

    async def run(statement: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run("ALTER TABLE alembic_version RENAME TO other"))
    ended = said("serve", "--port", "0", "--workers", "3", "--store", url)
    asyncio.run(run("ALTER TABLE other RENAME TO alembic_version"))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("mindvideo-mock: the database has tables of somebody else's")
    assert ended.err.count("\n") == 1


def test_missing_packages() -> None:
    """What to install is told once."""
    code = "import sys; sys.modules['sqlalchemy'] = None; from mockserver.cli import main; main(sys.argv[1:])"
    words = ["serve", "--port", "0", "--workers", "2", "--store", "postgresql://me@127.0.0.1/none"]
    ended = subprocess.run(
        [COMMAND[0], "-c", code, *words], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "pip install 'mindvideo-mock[sql]'" in ended.stderr


def test_no_database_yet() -> None:
    """Workers start without it, say so, and answer 503."""
    options = ("--workers", "2", "--store", "postgresql://me@127.0.0.1:1/none")
    with started(*options) as server:
        with pytest.raises(HTTPError, match="503") as refused:
            create(server.base_url, KEY)
        refused.value.close()
        assert server.stop(signal.SIGTERM).code == 0
