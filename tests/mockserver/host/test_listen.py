"""Starting and stopping on an event loop of one's own."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest

from mockserver.host.listen import Host, run
from mockserver.host.ports import Bound, take
from mockserver.settings import Settings
from tests.wire import head, status


@pytest.fixture
async def bound() -> AsyncIterator[Bound]:
    """Ports of this test alone."""
    taken = take(Settings(port=0))
    yield taken
    taken.close()


async def ask(bound: Bound, request: bytes) -> bytes:
    """The answer, once the server has closed the connection."""
    reader, writer = await asyncio.open_connection(bound.settings.host, bound.settings.port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_date_is_kept_true(bound: Bound) -> None:
    """`Date` goes on while nothing else happens."""
    host = Host(bound)
    await host.start()
    request = head("GET", "/_mock/health", "Connection: close")

    async def date() -> float:
        lines = (await ask(bound, request)).decode().splitlines()
        line = next(line for line in lines if line.startswith("date: "))
        return parsedate_to_datetime(line.removeprefix("date: ")).timestamp()

    first = await date()
    async with asyncio.timeout(10):
        while await date() == first:
            pass
    await host.stop()


async def test_stop_without_start(bound: Bound) -> None:
    """A host that never started can be stopped."""
    await Host(bound).stop()


async def test_slow_reader(bound: Bound) -> None:
    """A client that reads late gets every byte of every answer: the server waits for it, and for it alone."""
    host, times = Host(bound), 25
    await host.start()
    reader, writer = await asyncio.open_connection(bound.settings.host, bound.settings.port, limit=65536)
    path = "/_mock/media/ref-video-60s.mp4"
    writer.write(head("GET", path) * (times - 1) + head("GET", path, "Connection: close"))
    while not any(connection.flow.write_paused for connection in host.connections):
        assert status(await ask(bound, head("GET", "/_mock/health", "Connection: close"))) == 200
    answers = await reader.read()
    writer.close()
    await writer.wait_closed()
    await host.stop()
    assert answers.count(b"HTTP/1.1 200 OK") == times
    assert answers.count(b"ftypisom") == times


async def test_broken_handler_is_logged(bound: Bound, caplog: pytest.LogCaptureFixture) -> None:
    """A bug in the app is a 500 to the client, with no word of what it was, and an error in the log."""
    host = Host(bound)
    host.app.outputs = None  # type: ignore[assignment]
    await host.start()
    answer = await ask(bound, head("GET", "/", "Connection: close"))
    await host.stop()
    assert status(answer) == 500
    assert b"Traceback" not in answer
    assert any(record.levelno == logging.ERROR for record in caplog.records)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_run_leaves_nothing_behind(loop: str) -> None:
    """Tasks that were left over are ended, the loop is closed and the port free again, also after an error."""
    bound = take(replace(Settings(port=0), loop=loop))  # type: ignore[arg-type]
    ended: list[str] = []

    async def left_over() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("task")

    async def work() -> None:
        task = asyncio.create_task(left_over())
        await asyncio.wait([task], timeout=0)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run(bound, work())
    assert ended == ["task"]
    take(bound.settings).close()
