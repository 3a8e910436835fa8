"""Many short lives of accounts, counted and not timed: the short version of `make soak`."""

import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.app import App
from mockserver.host.listen import Host
from mockserver.host.ports import take
from mockserver.settings import Settings
from mockserver.store.memory import MemoryStore
from tests.soak.life import Lives
from tests.soak.memory import Sample, held, judged

CLIENTS = 16
WARM, MEASURED = 1350, 400
A_LIFE = 3
"""Blocks of memory that one may leave behind: bounded caches still fill. What is remembered of an account is six."""

SAMPLE = Sample(0, 0, 0, 60.0, 0, 0, 0)


@asynccontextmanager
async def serving(settings: Settings, remembered: int) -> AsyncIterator[tuple[str, MemoryStore]]:
    """A server on this loop, with a short journal, that remembers so many forgotten accounts: (base URL, its store)."""
    bound = take(settings)
    store = MemoryStore(50, remembered=remembered)
    host = Host(bound, App(bound.settings, store))
    await host.start()
    try:
        yield bound.base_url, store
    finally:
        await host.stop()
        bound.close()


async def left_by(lives: Lives, number: int) -> float:
    """Blocks of memory for each of so many more lives."""
    gc.collect()
    before, ended = sys.getallocatedblocks(), lives.ended
    await lives.run(CLIENTS, most=ended + number)
    gc.collect()
    return (sys.getallocatedblocks() - before) / (lives.ended - ended)


async def test_lives_leave_nothing() -> None:
    """Accounts that come, work and go take no memory once what is bounded is full; what is kept of each is noticed."""
    async with serving(Settings(port=0), remembered=50) as (base_url, store):
        lives = Lives(base_url)
        await lives.run(CLIENTS, most=WARM)
        assert await left_by(lives, MEASURED) < A_LIFE
        assert lives.wrong == []
        assert await store.accounts() == []
    async with serving(Settings(port=0), remembered=10 * MEASURED) as (base_url, _):
        assert await left_by(Lives(base_url), MEASURED) > A_LIFE


async def test_answers_that_are_not_expected_are_told() -> None:
    """Nobody has an account where keys must be created first."""
    async with serving(Settings(port=0, keys="strict"), remembered=1) as (base_url, _):
        lives = Lives(base_url)
        await lives.run(1, most=1)
    assert any(each.startswith("create of mv_live_soak0: 401") for each in lives.wrong)


def steady(mb: Callable[[int], float]) -> list[Sample]:
    """A sample every five seconds for ten minutes, 1000 requests a second."""
    return [replace(SAMPLE, at_s=5.0 * each, requests=5000 * each, resident_mb=mb(each)) for each in range(120)]


@given(st.lists(st.floats(-0.6, 0.6), min_size=120, max_size=120))
def test_noise_is_flat(noise: list[float]) -> None:
    """Nothing that comes and goes is a growth."""
    assert judged(steady(lambda each: 60 + noise[each])).is_flat


@given(st.floats(4.0, 1000), st.lists(st.floats(-0.5, 0.5), min_size=120, max_size=120))
def test_growth_is_noticed(growth_mb: float, noise: list[float]) -> None:
    """However small beside the noise of each sample, and told in all three measures."""
    verdict = judged(steady(lambda each: 60 + growth_mb * each / 119 + noise[each]))
    assert not verdict.is_flat
    assert verdict.growth_mb == pytest.approx(growth_mb, abs=1.6)
    assert verdict.mb_per_hour == pytest.approx(verdict.growth_mb * 3600 / 595)
    assert verdict.mb_per_million_requests == pytest.approx(verdict.growth_mb / 0.595)
    assert str(verdict).startswith("NOT FLAT: +")


def test_what_a_server_holds_is_read_from_its_metrics() -> None:
    """Of both journals together, and of tasks in every state."""
    lines = [
        b"mindvideo_mock_accounts 3.0",
        b'mindvideo_mock_tasks{status="queued"} 2.0',
        b'mindvideo_mock_tasks{status="failed"} 5.0',
        b'mindvideo_mock_journal_exchanges{journal="accounts"} 100.0',
        b'mindvideo_mock_journal_exchanges{journal="server"} 1e+03',
        b'mindvideo_mock_journal_dropped{journal="server"} 9.0',
    ]
    assert held(b"\n".join(lines)) == (3, 7, 1100)
