"""The time of a lane whose clients are processes: the wall's, or a multiple of it where theirs is compressed."""

import asyncio

from mockserver.clock import monotonic_s, sleep, wall_ms


class Pace:
    """Runs `speed` times as fast as the wall since the life began, as a client's does under libfaketime."""

    is_virtual = False

    def __init__(self, speed: float = 1) -> None:
        self.speed = speed
        self.requests = 0
        self._start_ms = wall_ms()

    def start(self, loop: asyncio.AbstractEventLoop, at_ms: int) -> None:
        """Begin a life."""
        self._start_ms = at_ms
        self.requests = 0

    def seen_ms(self, at_ms: int) -> int:
        """What the lane's clock showed at an instant of the wall."""
        return self._start_ms + int((at_ms - self._start_ms) * self.speed)

    def wall_ms(self) -> int:
        """Milliseconds since the epoch."""
        return self.seen_ms(wall_ms())

    def monotonic_s(self) -> float:
        """Seconds since an instant that never changes."""
        return monotonic_s() * self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait so long by this clock."""
        await sleep(seconds / self.speed)

    async def nap(self, seconds: float) -> None:
        """As `sleep`: nobody counts who waits."""
        await self.sleep(seconds)

    def enter(self) -> None:
        """A request has come."""
        self.requests += 1

    def leave(self) -> None:
        """A request is done with."""
