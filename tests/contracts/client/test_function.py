"""Clients that are functions: whatever they do, there is a report with a clear word, and no thread is left."""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from contracts.client import Call
from contracts.client.capture import MOST
from contracts.client.function import FunctionClient
from contracts.run import Hints, Report
from contracts.virtual import Timeline
from mockserver.clock import monotonic_s

KEY = "mv_live_of_this_call"
DONE = {"outcome": "succeeded", "task_id": "task_1", "urls": ["http://x/1"], "http_status": 200, "message": None}


@pytest.fixture
def timeline() -> Iterator[Timeline]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made = Timeline()
    made.start(loop, 5_000)
    yield made
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def ask(timeline: Timeline, function: Callable[..., Any], limit_s: float = 20, calls: int = 1) -> list[Report]:
    client = FunctionClient(function, timeline)
    try:
        call = Call("http://127.0.0.1:1", KEY, {"model": "kling-v3", "input": {"prompt": "a"}}, Hints(), limit_s)
        return client.run([call] * calls)
    finally:
        client.close()


def one(timeline: Timeline, function: Callable[..., Any], limit_s: float = 20) -> Report:
    (report,) = ask(timeline, function, limit_s)
    return report


def test_sync(timeline: Timeline) -> None:
    """It is given origin, key, request and a sleep that takes no time; the hints stand in the environment."""

    def client(base_url: str, api_key: str, request: Any, sleep: Callable[[float], None]) -> Any:
        assert (base_url, api_key, request["model"]) == ("http://127.0.0.1:1", KEY, "kling-v3")
        request["input"]["prompt"] = "its own copy"
        sleep(600)
        return DONE | {"bytes": 7}

    reports = ask(timeline, client, calls=2)
    assert [each.outcome for each in reports] == ["succeeded", "succeeded"]
    assert reports[0].urls == ("http://x/1",)
    assert reports[0].size_bytes == 7
    assert [each.ended_at_ms - each.started_at_ms for each in reports] == [600_000, 600_000]


def test_async(timeline: Timeline) -> None:
    """A coroutine function, or an object whose call is one; `sleep` is awaited."""

    async def client(base_url: str, api_key: str, request: Any, sleep: Any) -> Any:
        await sleep(60)
        return DONE

    class Object:
        async def __call__(self, *given: Any) -> Any:
            return await client(*given)

    for function in (client, Object()):
        report = one(timeline, function)
        assert (report.outcome, report.ended_at_ms - report.started_at_ms) == ("succeeded", 60_000)


def test_an_object_as_outcome(timeline: Timeline) -> None:
    """Attributes will do; what is no outcome is unreadable, and says what one looks like."""

    @dataclass
    class Outcome:
        outcome: str = "failed"
        task_id: str = "task_1"

    assert one(timeline, lambda *given: Outcome()).outcome == "failed"
    for wrong in (None, 7, {"outcome": "fine"}):
        report = one(timeline, lambda *given, answer=wrong: answer)
        assert report.outcome == "unreadable"
        assert "outcome" in report.detail


def test_a_crash(timeline: Timeline) -> None:
    """The exception and the line it came from, without a traceback of ours."""

    def client(*given: Any) -> Any:
        raise KeyError("task_id")

    def left(*given: Any) -> Any:
        sys.exit()

    report = one(timeline, client)
    assert report.outcome == "crashed"
    assert report.detail.startswith("KeyError: 'task_id' (test_function.py, line ")
    assert one(timeline, left).detail.startswith("SystemExit")
    assert one(timeline, len).detail.startswith("TypeError")


@pytest.mark.parametrize("way", ["waits", "computes", "async"])
def test_a_hang(timeline: Timeline, way: str) -> None:
    """A client that does not end is ended: at a wait, in the middle of a loop, in its event loop."""

    def waits(base_url: str, api_key: str, request: Any, sleep: Callable[[float], None]) -> Any:
        while True:
            sleep(1)

    def computes(*given: Any) -> Any:
        number = 0
        while True:
            number += 1

    async def never(*given: Any) -> Any:
        await asyncio.Event().wait()

    before = threading.active_count()
    report = one(timeline, {"waits": waits, "computes": computes, "async": never}[way], limit_s=0.2)
    assert report.outcome == "hung"
    assert "still running" in report.detail
    assert threading.active_count() == before


def test_a_hang_in_virtual_time(timeline: Timeline) -> None:
    """A client that waits far beyond its deadline is ended there, whatever it makes of that, in no time."""

    def forever(base_url: str, api_key: str, request: Any, sleep: Callable[[float], None]) -> Any:
        while True:
            sleep(2)

    report = one(timeline, forever, limit_s=60)
    assert report.outcome == "hung"
    assert 900_000 <= report.ended_at_ms - report.started_at_ms < 1_000_000


def test_a_thread_that_cannot_be_ended(timeline: Timeline) -> None:
    """One that is stuck outside Python is left to itself, and time goes on without it."""
    gate = threading.Event()

    def stuck(*given: Any) -> Any:
        gate.wait()
        return DONE

    before_s = monotonic_s()
    report = one(timeline, stuck, limit_s=0.1)
    assert report.outcome == "hung"
    assert monotonic_s() - before_s < 60
    assert one(timeline, lambda *given: given[3](100) or DONE).outcome == "succeeded"
    gate.set()


def test_what_it_says(timeline: Timeline) -> None:
    """Prints and logs are kept for each run by itself, bounded, and are not shown; those of others are."""
    log = logging.getLogger("a.client")

    def client(base_url: str, api_key: str, request: Any, sleep: Any) -> Any:
        print("to out", flush=True)
        print("to err", file=sys.stderr)
        log.warning("logged %s", api_key)
        print("x" * MOST)
        return DONE

    first, second = ask(timeline, client, calls=2)
    for report in (first, second):
        assert report.stdout.startswith("to out\n")
        assert report.stderr == f"to err\nlogged {KEY}\n"
        assert len(report.stdout) + len(report.stderr) == MOST


def test_others_are_heard(timeline: Timeline, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed and logged outside a client goes where it always did."""
    client = FunctionClient(lambda *given: DONE, timeline)
    print("hello")
    assert sys.stdout.encoding
    logging.getLogger("another").warning("to whom it concerns")
    client.close()
    assert capsys.readouterr().out == "hello\n"
    assert time.time() > 1e9
