"""A few cuts between hosts: the short version of `make hosts`."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mockserver.clock import monotonic_s
from tests.hosts import campaign
from tests.hosts.campaign import CLIENTS, DATABASE, SERVERS, Hosts
from tests.hosts.network import NAMES, Network
from tests.processes import ROOT, environment

PATIENCE_S = 40.0


@pytest.fixture(scope="module")
def there() -> Iterator[Hosts]:
    """Two servers, their database and their clients, each on a host of its own."""
    with campaign.hosts() as made:
        yield made


@pytest.mark.clause("D-IDEM-REPLAY", "C-LEDGER", "C-HEALTH")
def test_servers_that_are_cut_off() -> None:
    """From their database, their clients or all: 503 in time, nothing lost or paid twice, and back by themselves."""
    outcome = campaign.run(3, seed=1, hold_s=2.0)
    assert outcome.violations == []
    assert len(outcome.kills) == 3
    assert outcome.tasks > 0


def test_a_host_that_is_gone_keeps_no_connection(there: Hosts) -> None:
    """The database notices by itself, and has its connections for others."""
    alpha = SERVERS[0]
    address = there.network.address(alpha)
    with there.network.inside(CLIENTS):
        assert asyncio.run(there.until_served(alpha, "order-gone", campaign.BACK_S)) < campaign.BACK_S
    assert there.cluster.backends(address)
    there.network.cut(alpha, DATABASE)
    until_s = monotonic_s() + PATIENCE_S
    while there.cluster.backends(address):
        assert monotonic_s() < until_s
    there.network.heal(alpha, DATABASE)
    there.violations.clear()


def test_a_cut_that_has_no_effect_is_noticed(there: Hosts) -> None:
    """The judges find a server that answers although it is cut off, and one that does not although it should."""
    alpha = SERVERS[0]
    with there.network.inside(CLIENTS):
        assert asyncio.run(there.until_served(alpha, "order-judged", campaign.BACK_S)) < campaign.BACK_S
        assert there.violations == []
        for judge in (there.refused, there.gone):
            asyncio.run(judge(alpha, "order-judged"))
            assert there.violations
            there.violations.clear()
        there.network.cut(alpha, CLIENTS)
        asyncio.run(there.until_served(alpha, "order-judged", 0.5))
        there.network.heal(alpha, CLIENTS)
    [violation] = there.violations
    assert "does not serve order-judged within 0.5 s" in violation
    there.violations.clear()


def test_nothing_is_left_after_a_failure() -> None:
    """Neither namespaces nor what ran in them."""
    network, idle = Network("alpha", "beta"), []

    def fail() -> None:
        with network:
            assert len(network.left()) == 3
            idle.append(subprocess.Popen([*network.within("alpha"), "sleep", "1000"]))
            idle[0].wait(0.01)

    with pytest.raises(subprocess.TimeoutExpired):
        fail()
    assert network.left() == []
    assert idle[0].wait(PATIENCE_S) == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("last", ["router", DATABASE])
def test_nothing_is_left_after_a_signal(number: signal.Signals, last: str) -> None:
    """Whenever it comes: while hosts are made, or soon after."""
    command = [sys.executable, "-m", "tests.hosts"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL) as process:
        until_s = monotonic_s() + PATIENCE_S
        while not list(NAMES.glob(f"mindvideo-{process.pid}-*-{last}")):
            assert monotonic_s() < until_s
        process.send_signal(number)
        assert process.wait(PATIENCE_S) != 0
    assert list(NAMES.glob(f"mindvideo-{process.pid}-*")) == []
