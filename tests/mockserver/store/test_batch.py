"""What comes together is done together, and each gets its own."""

import asyncio
from collections.abc import Sequence

import pytest

from mockserver.store.sql.batch import Batch


class Desk:
    """Doubles numbers; the gate opens for one batch at a time. Odd numbers are refused, and 13 breaks the batch."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Semaphore(0)

    async def work(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        await self.gate.acquire()
        if 13 in items:
            raise LookupError("13")
        return [ValueError(str(item)) if item % 2 else 2 * item for item in items]


async def turn(times: int = 3) -> None:
    """Let everything that can run, run."""
    for _ in range(times):
        await asyncio.wait([asyncio.ensure_future(asyncio.wait_for(asyncio.Event().wait(), 0.001))])


async def test_what_comes_meanwhile_goes_together() -> None:
    """In the order it came, at most so many at once; an error is that of its own item."""
    desk = Desk()
    batch = Batch(desk.work, 3)
    first = asyncio.ensure_future(batch.do(2))
    await turn()
    others = [asyncio.ensure_future(batch.do(number)) for number in (4, 5, 6, 8)]
    for _ in range(3):
        desk.gate.release()
    results = await asyncio.gather(first, *others, return_exceptions=True)
    assert desk.batches == [[2], [4, 5, 6], [8]]
    assert [results[0], results[1], results[3], results[4]] == [4, 8, 12, 16]
    assert isinstance(results[2], ValueError)


async def test_a_batch_that_breaks_breaks_for_all_in_it() -> None:
    """And for nobody else."""
    desk = Desk()
    batch = Batch(desk.work, 8)
    doing = [asyncio.ensure_future(batch.do(number)) for number in (2, 13)]
    desk.gate.release()
    results = await asyncio.gather(*doing, return_exceptions=True)
    assert [type(result) for result in results] == [LookupError, LookupError]
    desk.gate.release()
    assert await batch.do(4) == 8


async def test_who_leaves_does_not_stop_the_others() -> None:
    """A caller that is cancelled is passed over."""
    desk = Desk()
    batch = Batch(desk.work, 8)
    gone, stays = asyncio.ensure_future(batch.do(2)), asyncio.ensure_future(batch.do(4))
    await turn()
    gone.cancel()
    desk.gate.release()
    assert await stays == 8
    assert gone.cancelled()


async def test_the_end_of_the_loop_is_the_end_of_all() -> None:
    """Nobody waits for ever when the server stops."""
    desk = Desk()
    batch = Batch(desk.work, 1)
    doing = [asyncio.ensure_future(batch.do(number)) for number in (2, 4)]
    await turn()
    for running in asyncio.all_tasks() - {asyncio.current_task(), *doing}:
        running.cancel()
    results = await asyncio.gather(*doing, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(batch.do(6), 0.001)
