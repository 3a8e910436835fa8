"""A few kills, a small crowd: the short version of `make crash`."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mockserver.client import ControlClient
from tests.crash import campaign, crowd
from tests.crash.line import Line
from tests.crash.load import Load, Order
from tests.crash.server import Served


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """Workers on a PostgreSQL of their own, that live."""
    with crowd.served() as made:
        yield made


@pytest.mark.clause("D-IDEM-REPLAY", "C-LEDGER", "C-HEALTH")
def test_kills_of_workers_and_postgresql() -> None:
    """Every kind of process dies under load: acknowledged tasks are there, each key is charged once."""
    outcome = campaign.on_postgresql(6, seed=1)
    assert outcome.violations == []
    assert len(outcome.kills) == 4
    assert outcome.tasks > 0


@pytest.mark.clause("D-IDEM-REPLAY", "C-LEDGER")
def test_kills_of_a_server_on_sqlite() -> None:
    """The same, of one process on a file."""
    outcome = campaign.on_sqlite(3, seed=1)
    assert outcome.violations == []
    assert outcome.kills["server"] == 3
    assert outcome.tasks > 0


@pytest.mark.clause("D-IDEM-REPLAY")
def test_equal_creates(server: Served) -> None:
    """From 50 connections over the workers: one task, one charge, equal answers."""
    outcome = crowd.one_key(server, 500)
    assert outcome.violations == []
    assert (outcome.tasks, outcome.seen["equal ids"]) == (1, 500)


@pytest.mark.clause("C-ACCOUNT", "C-CLOCK")
def test_accounts_side_by_side(server: Served) -> None:
    """None sees another's tasks, time or money."""
    outcome = crowd.tenants(server, 12)
    assert outcome.violations == []
    assert (outcome.tasks, outcome.seen["task of another"] > 0) == (12, True)


def test_what_is_lost_or_paid_twice_is_noticed(server: Served) -> None:
    """The judge of a campaign finds a task that is missing, one too many, and money that does not add up."""
    key = "mv_live_judged"
    account = ControlClient(server.base_url).account(key)
    account.topup(campaign.TOPUP)
    orders = placed(server, key)
    assert campaign.judged(server, key, orders) == (3, [])
    for wrong in (
        orders[1:],
        [*orders, Order(key, "lost", "task_lost")],
        [replace(orders[0], task_id=""), *orders[1:]],
    ):
        assert campaign.judged(server, key, wrong)[1]
    account.topup(1)
    [money] = campaign.judged(server, key, orders)[1]
    assert f"is not {campaign.GIVEN + campaign.TOPUP}" in money


def test_answers_that_no_outage_explains_are_noticed(server: Served) -> None:
    """A load takes a 500 for what it is, and a 503 only with Retry-After."""
    key = "mv_live_load"
    account = ControlClient(server.base_url).account(key)
    for code, said in ((500, "create of"), (503, "a 503 without Retry-After")):
        account.fault("status", on="create", code=code, times=1)
        load = Load(lambda: [Line(server.port)], [key], 0, 1)
        asyncio.run(until_answered(load, 1))
        [violation] = load.violations
        assert violation.startswith(said)


def placed(server: Served, key: str) -> list[Order]:
    """Three creates that were acknowledged."""
    load = Load(lambda: [Line(server.port)], [key], 0, 3)
    asyncio.run(until_answered(load, 3))
    return load.acknowledged


async def until_answered(load: Load, creates: int) -> None:
    """Let one client work until so many of its creates have an answer."""
    running = asyncio.create_task(load.run(1))
    while load.seen["create"] < creates:
        await asyncio.wait([running], timeout=0.01)
    load.finish()
    await running
