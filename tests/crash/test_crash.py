"""A few kills, a small crowd: the short version of `make crash`."""

from collections.abc import Iterator

import pytest

from tests.crash import campaign, crowd
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
