"""Virtual time: nobody waits, nothing happens out of order, and real sockets stay real."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from contracts.actor import Actor, Ended
from contracts.patching import VirtualLoop, living, new_loop, patched
from contracts.virtual import CROWD, CROWDED_S, Timeline
from mockserver.clock import monotonic_s

DAY_S = 86_400.0


class Stage:
    """A server's loop in a thread, a timeline over it, and actors to play on it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.timeline = Timeline()
        self.timeline.start(self.loop, 1_000_000)
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = []

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._quiet(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _quiet(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)

    def play(self, *parts: Callable[[Actor], Any]) -> list[Any]:
        """Each part in a thread of its own, all begun at once; what each returned or raised."""
        results: list[Any] = [None] * len(parts)
        actors = [Actor() for _ in parts]

        def act(index: int) -> None:
            self.timeline.begin(actors[index])
            try:
                with living(self.timeline, actors[index]):
                    results[index] = parts[index](actors[index])
            except BaseException as error:
                results[index] = error
            finally:
                self.timeline.dismiss(threading.get_ident())

        for actor in actors:
            self.timeline.enlist(actor)
        threads = [threading.Thread(target=act, args=(index,)) for index in range(len(parts))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        for actor in actors:
            actor.close()
        return results

    def serve(self, answer: Callable[[bytes], Any]) -> int:
        """A server on this loop: what comes in one read goes to `answer`, a coroutine; its bytes go back."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while data := await reader.read(1000):
                    self.timeline.enter()
                    try:
                        writer.write(await answer(data))
                    finally:
                        self.timeline.leave()
            finally:
                writer.close()

        async def start() -> int:
            server = await asyncio.start_server(handle, "127.0.0.1", 0)
            self._servers.append(server)
            port: int = server.sockets[0].getsockname()[1]
            return port

        return asyncio.run_coroutine_threadsafe(start(), self.loop).result(10)


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    with patched():
        yield made
    made.close()


@contextmanager
def connected(port: int, timeout_s: float | None = None) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(timeout_s)
        yield connection


def test_sleeping_takes_no_time(stage: Stage) -> None:
    """A day passes at once, on every clock that a client may look at, and on no other."""
    before_s = monotonic_s()

    def day(actor: Actor) -> tuple[float, ...]:
        marks = (time.time(), time.monotonic(), time.perf_counter(), time.time_ns() / 1e9, time.monotonic_ns() / 1e9)
        time.sleep(DAY_S)
        later = (time.time(), time.monotonic(), time.perf_counter(), time.time_ns() / 1e9, time.monotonic_ns() / 1e9)
        return tuple(after - mark for mark, after in zip(marks, later, strict=True))

    assert stage.play(day) == [pytest.approx((DAY_S,) * 5)]
    assert stage.timeline.wall_ms() == 1_000_000 + DAY_S * 1000
    assert monotonic_s() - before_s < DAY_S / 100


def test_sleepers_wake_in_order(stage: Stage) -> None:
    """Actors that sleep at once wake in the order of their deadlines, each at its own instant."""
    woken: list[tuple[str, float]] = []

    def sleeper(name: str, *naps: float) -> Callable[[Actor], None]:
        def sleep(actor: Actor) -> None:
            for nap in naps:
                time.sleep(nap)
                woken.append((name, stage.timeline.monotonic_s()))

        return sleep

    stage.play(sleeper("a", 3, 3), sleeper("b", 1, 1, 3), sleeper("c", 4))
    assert woken == [("b", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5), ("a", 6)]


def test_negative_sleep(stage: Stage) -> None:
    """As the real one."""
    (error,) = stage.play(lambda actor: time.sleep(-1))
    assert isinstance(error, ValueError)


def test_a_stall_meets_a_timeout(stage: Stage) -> None:
    """A client that waits 10 s for a server that takes 30 s has its timeout after 10 s, neither before nor later."""

    async def stall(data: bytes) -> bytes:
        await stage.timeline.sleep(30)
        return data

    port = stage.serve(stall)

    def ask(actor: Actor) -> float:
        with connected(port, 10) as connection:
            connection.sendall(b"?")
            with pytest.raises(TimeoutError):
                connection.recv(10)
            return stage.timeline.monotonic_s()

    assert stage.play(ask) == [10]


@pytest.mark.parametrize("timeout_s", [None, 60])
def test_a_stall_that_is_waited_out(stage: Stage, timeout_s: float | None) -> None:
    """A client with more patience than the server needs has its answer when the server gives it."""

    async def stall(data: bytes) -> bytes:
        await stage.timeline.sleep(30)
        return data

    port = stage.serve(stall)

    def ask(actor: Actor) -> tuple[bytes, float]:
        with connected(port, timeout_s) as connection:
            connection.sendall(b"?")
            buffer = bytearray(10)
            connection.recv_into(buffer)
            return bytes(buffer[:1]), stage.timeline.monotonic_s()

    assert stage.play(ask) == [(b"?", 30)]


def test_time_stands_while_the_server_works(stage: Stage) -> None:
    """An answer that takes a while of real time is waited for: no timeout comes first, and no sleeper wakes."""
    gate = asyncio.Event()

    async def work(data: bytes) -> bytes:
        await gate.wait()
        return data

    port = stage.serve(work)

    def ask(actor: Actor) -> tuple[bytes, float]:
        with connected(port, 1) as connection:
            connection.sendall(b"?")
            threading.Timer(0.05, lambda: stage.loop.call_soon_threadsafe(gate.set)).start()
            return connection.recv(10), stage.timeline.monotonic_s()

    (answer, sleeper) = stage.play(ask, lambda actor: time.sleep(100))
    assert answer == (b"?", 0)
    assert sleeper is None


def test_a_drip_is_timed_by_each_read(stage: Stage) -> None:
    """Bytes that come one a second are each within a timeout of 10 s."""

    async def drip(data: bytes) -> bytes:
        await stage.timeline.sleep(1)
        return data

    port = stage.serve(drip)

    def ask(actor: Actor) -> float:
        with connected(port, 10) as connection:
            for _ in range(25):
                connection.sendall(b"?")
                assert connection.recv(1) == b"?"
        return stage.timeline.monotonic_s()

    assert stage.play(ask) == [25]


def test_naps_are_of_no_request(stage: Stage) -> None:
    """What the server waits for by itself passes in virtual time as well, and in order."""
    woken: list[float] = []

    async def nap() -> None:
        await stage.timeline.nap(5)
        woken.append(stage.timeline.monotonic_s())

    async def begin() -> "asyncio.Task[None]":
        begun = asyncio.ensure_future(nap())
        await asyncio.sleep(0)
        return begun

    begun = asyncio.run_coroutine_threadsafe(begin(), stage.loop).result(10)
    assert not begun.done()
    stage.play(lambda actor: time.sleep(7))
    assert woken == [5]


def test_a_sleep_that_is_given_up(stage: Stage) -> None:
    """A cancelled wait of the server holds nobody up, and wakes nobody."""

    async def cancelled() -> None:
        first, second, third = (asyncio.ensure_future(stage.timeline.nap(seconds)) for seconds in (1, 2, 2))
        await asyncio.sleep(0)
        first.cancel()
        third.cancel()
        await asyncio.wait({second})
        woken.append(stage.timeline.monotonic_s())

    woken: list[float] = []
    ending = asyncio.run_coroutine_threadsafe(cancelled(), stage.loop)
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), stage.loop).result(10)
    stage.play(lambda actor: time.sleep(4))
    ending.result(10)
    assert woken == [2]
    assert stage.timeline.monotonic_s() == 4


def test_cancelled_as_it_wakes(stage: Stage) -> None:
    """A wait whose time comes in the moment in which it is given up is given up."""

    async def cancelled() -> None:
        waiting = asyncio.ensure_future(stage.timeline.nap(1))
        await asyncio.sleep(0)
        woken = threading.Thread(target=stage.play, args=(lambda actor: time.sleep(1),))
        woken.start()
        woken.join(10)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled()

    asyncio.run_coroutine_threadsafe(cancelled(), stage.loop).result(20)


def test_a_late_kick(stage: Stage) -> None:
    """Who is woken for nothing goes on waiting."""

    async def echo(data: bytes) -> bytes:
        await stage.timeline.sleep(1)
        return data

    port = stage.serve(echo)

    def ask(actor: Actor) -> bytes:
        with connected(port, 10) as connection:
            actor.kick()
            connection.sendall(b"?")
            return connection.recv(1)

    assert stage.play(ask) == [b"?"]
    assert stage.timeline.seen_ms(7) == 7


def test_an_answer_that_is_there(stage: Stage) -> None:
    """What can be read at once is."""

    async def echo(data: bytes) -> bytes:
        return data

    port = stage.serve(echo)

    def ask(actor: Actor) -> bytes:
        with connected(port, 10) as connection:
            connection.sendall(b"??")
            return connection.recv(1) + connection.recv(1)

    assert stage.play(ask) == [b"??"]


def test_async_clients(stage: Stage) -> None:
    """Under asyncio too: sleeps, timeouts and idle connections; `asyncio.run` makes a virtual loop by itself."""

    async def stall(data: bytes) -> bytes:
        await stage.timeline.sleep(20)
        return data

    port = stage.serve(stall)

    async def client() -> list[float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        marks = []
        await asyncio.sleep(60)
        marks.append(stage.timeline.monotonic_s())
        writer.write(b"?")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 5)
        marks.append(stage.timeline.monotonic_s())
        assert await reader.read(1) == b"?"
        marks.append(stage.timeline.monotonic_s())
        assert await asyncio.to_thread(lambda: 7) == 7
        writer.close()
        return marks

    def by_runner(actor: Actor) -> list[float]:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(client())

    assert stage.play(by_runner) == [[60, 65, 80]]
    assert stage.play(lambda actor: asyncio.run(client())) == [[140, 145, 160]]


def test_ended(stage: Stage) -> None:
    """A run that is over ends at its next wait, whichever that is."""
    never = asyncio.Event()

    async def silent(data: bytes) -> bytes:
        await never.wait()
        return data

    port = stage.serve(silent)

    def reading(actor: Actor) -> None:
        with connected(port) as connection:
            connection.sendall(b"?")
            threading.Timer(0.05, stage.timeline.end, (actor,)).start()
            connection.recv(1)

    def sleeping(actor: Actor) -> None:
        stage.timeline.end(actor)
        time.sleep(1)

    def looping(actor: Actor) -> None:
        stage.timeline.end(actor)
        asyncio.run(asyncio.sleep(1))

    for part in (reading, sleeping, looping):
        (error,) = stage.play(part)
        assert isinstance(error, Ended)


def test_a_crowd_takes_time(stage: Stage) -> None:
    """A loop without waits comes to its end: from some number of requests on each takes a second."""
    for _ in range(CROWD + 3):
        stage.timeline.enter()
        stage.timeline.leave()
    assert stage.timeline.monotonic_s() == 3 * CROWDED_S


def test_others_see_time_as_it_is(stage: Stage) -> None:
    """Threads that are no actors have real clocks, sleeps, sockets and loops; all is put back in the end."""

    async def echo(data: bytes) -> bytes:
        return data

    stage.timeline.start(stage.loop, 1_000_000)
    assert time.time() > 1_700_000_000
    time.sleep(0)
    with connected(stage.serve(echo), 10) as connection:
        connection.sendall(b"?")
        assert connection.recv(1) == b"?"
    loop = asyncio.new_event_loop()
    assert not isinstance(loop, VirtualLoop)
    loop.close()


def test_patches_are_put_back() -> None:
    """Lanes that overlap share the patches; the last one takes them away."""
    before = (time.sleep, time.time, time.monotonic_ns, socket.socket.recv, asyncio.new_event_loop)
    with ExitStack() as stack:
        stack.enter_context(patched())
        with patched():
            assert time.sleep is not before[0]
        assert time.sleep is not before[0]
    assert (time.sleep, time.time, time.monotonic_ns, socket.socket.recv, asyncio.new_event_loop) == before
    assert "recv" not in socket.socket.__dict__
