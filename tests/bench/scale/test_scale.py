"""Laws that the arithmetic and the simulation keep, whatever the figures are."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.scale import page
from tests.bench.scale.arithmetic import Clients, System, balanced, limit, most_replicas, utilisation
from tests.bench.scale.costs import Book, Cost, Costs, Figures, NoCosts, cost, read
from tests.bench.scale.partition import home, loads, ring, shares
from tests.bench.scale.simulation import Simulation, lives, mixed

BOOK: Book = {"GET": Costs(Cost(200), Cost(100), 400), "POST": Costs(Cost(800), Cost(600), 2000)}
FIGURES = Figures(BOOK, 64, 1500, 2e6, 8, 100)

counts = st.integers(1, 16)
amounts = st.floats(1, 1e4)


@given(amounts, st.floats(0.2, 10), st.floats(0.1, 300), counts, counts)
def test_utilisation_is_arrivals_by_service(
    count: float, poll_s: float, task_s: float, replicas: int, cores: int
) -> None:
    """λ/μ: requests a second times seconds each, by the cores there are."""
    clients = Clients(count, poll_s, task_s)
    used = utilisation(clients, balanced(replicas, 1, cores), BOOK, 1)
    work = clients.polls_per_s * 200 + clients.creates_per_s * 800
    assert used.replica == pytest.approx(work / 1e6 / replicas)
    assert used.database == pytest.approx((clients.polls_per_s * 100 + clients.creates_per_s * 600) / 1e6 / cores)


@given(st.floats(0.2, 10), st.floats(0.1, 300), counts, counts)
def test_twice_the_databases_carry_twice_the_clients(poll_s: float, task_s: float, each: int, cores: int) -> None:
    """In equal cells, limits double with the cells; an unequal part of the requests divides them."""
    one = limit(poll_s, task_s, balanced(each, 1, cores), FIGURES)
    two = limit(poll_s, task_s, balanced(2 * each, 2, cores), FIGURES)
    skewed = limit(poll_s, task_s, System(2 * each, 2, cores, busiest=1.0), FIGURES)
    assert two.replica == pytest.approx(2 * one.replica)
    assert two.database == pytest.approx(2 * one.database)
    assert skewed.clients == pytest.approx(one.clients)


@given(st.floats(1, 1e4), st.floats(1, 1e4), st.integers(1, 128), st.integers(1, 4))
def test_costs_are_those_that_were_measured(alone_us: float, crowd_us: float, crowd: int, turns: int) -> None:
    """Alone and in the crowd a request costs what it was seen to; noise makes none dearer in a crowd than alone."""
    found = cost(alone_us, crowd_us, crowd, turns)
    assert found.each_us >= 0 <= found.shared_us
    if crowd > turns and alone_us >= crowd_us >= alone_us * turns / crowd:
        assert found.us(1) == pytest.approx(alone_us)
        assert found.us(crowd) == pytest.approx(crowd_us)
    assert found.us(1) >= found.us(crowd)


def test_simulated_utilisation_is_arrivals_by_service() -> None:
    """Far from full, the stations are as busy as the arithmetic says, and clients get what they ask for."""
    clients = Clients(1000, 2, 20)
    found = Simulation(BOOK, lives(2, clients.polls_each), 1000, 1, 1, seed=1).run(60)
    used = utilisation(clients, balanced(1, 1, 1), BOOK, 1)
    assert found.replica == pytest.approx(used.replica, rel=0.03)
    assert found.database == pytest.approx(used.database, rel=0.03)
    assert found.per_s == pytest.approx(clients.journal_rows_per_s, rel=0.03)
    assert found.creates_per_s == pytest.approx(clients.creates_per_s, rel=0.05)


def test_a_full_station_gives_its_most() -> None:
    """Beyond the limit throughput is μ, no more, and whoever asks waits."""
    full = Simulation(BOOK, mixed(0.001, 0.0), 400, 1, 1, seed=1).run(20)
    assert full.replica == pytest.approx(1, abs=0.02)
    assert full.per_s == pytest.approx(1e6 / 200, rel=0.03)
    calm = Simulation(BOOK, mixed(0.1, 0.0), 5, 1, 1, seed=1).run(20)
    assert calm.p50_s < full.p50_s / 10


def test_equal_seeds_are_equal_runs() -> None:
    """The simulation has no chance but its seed's."""
    runs = [Simulation(BOOK, mixed(0.1, 0.1), 50, 2, 1, seed=seed).run(5) for seed in (3, 3, 4)]
    assert runs[0] == runs[1] != runs[2]


@given(st.integers(1, 12), st.integers(1, 200), st.floats(0, 2), st.integers(0, 9))
def test_all_requests_go_somewhere(databases: int, accounts: int, skew: float, seed: int) -> None:
    """The parts are the whole; the busiest database has the largest account, and an equal part at least."""
    found = loads(databases, accounts, skew, seed)
    assert sum(found) == pytest.approx(1)
    assert max(found) >= max(1 / databases, shares(accounts, skew)[0]) - 1e-9


def test_one_more_database_moves_few_accounts() -> None:
    """The hash is consistent: a fifth database takes a fifth of the accounts, and the others keep the rest."""
    four, five = ring(4), ring(5)
    keys = [f"mv_live_{number}" for number in range(2000)]
    moved = [key for key in keys if home(four, key) != home(five, key)]
    assert {home(five, key) for key in moved} == {4}
    assert len(moved) / len(keys) == pytest.approx(1 / 5, abs=0.06)


def test_page_names_the_limit(tmp_path: Path) -> None:
    """The page says at how many clients which limit is met, in lines of at most 100 columns."""
    operations = {
        name: {"per_s": 1000.0, "cpu_us": us, "database_cpu_us": us / 2, "p50_ms": 2.0, "wal_bytes": 900.0}
        for name, us in (("GET", 200.0), ("POST", 800.0))
    }
    seen = {"per_s": 900.0, "replica": 0.5, "database": 0.25, "p50_ms": 2.0, "p99_ms": 9.0}
    part = {
        "connections": 64,
        "alone": operations,
        "crowd": operations,
        "pool": 8,
        "max_connections": 100,
        "task_bytes": 1500.0,
        "journal_bytes": 2e6,
        "checks": [
            {"name": "half load", "waited": 0.1, "measured": seen, "predicted": seen, "error": dict(seen, p99_ms=None)}
        ],
    }
    (tmp_path / "bench.json").write_text(json.dumps({"scale": part}))
    figures, found = read(tmp_path / "bench.json")
    asked = page.Asked(4, 2, 1, 1.0, 5.0, 100, 1.0, seconds=0.2, seed=0)
    lines = list(page.lines(asked, figures, found))
    assert max(map(len, lines)) <= 100
    # 1 s between polls, 5 polls a task: 200 + 800/5 us of a client's second; two cells of two replicas.
    assert any(line.startswith("every database gets as much") and "11,111" in line for line in lines)
    assert most_replicas(figures) == 12


def test_page_without_figures_says_what_to_run(tmp_path: Path) -> None:
    """Where the bench has not been run, or not with PostgreSQL, there is nothing to count with."""
    with pytest.raises(NoCosts, match="make bench"):
        read(tmp_path / "none.json")
    (tmp_path / "bench.json").write_text('{"scale": {}}')
    with pytest.raises(NoCosts, match="without a PostgreSQL"):
        read(tmp_path / "bench.json")
