"""An account's clock, money and names (API.md §7)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.accounts import (
    KEY,
    LATEST_MS,
    LONGEST_WAIT_S,
    Account,
    AccountClock,
    ClockMode,
    account_id_of,
    next_task_id,
    task_random,
)
from mockserver.ledger import Topup
from mockserver.planning import PlanBook, PlanEntry
from mockserver.settings import Settings
from mockserver.tasks.tenants import new_account
from tests.asgi import START_MS
from tests.strategies import API_KEYS, SPANS_MS

ACCOUNT = new_account(Settings(), "acct_0", START_MS)
SPEEDS = st.floats(0.001, 1000) | st.sampled_from([0.29, 0.1, 1, 2, 3, 1 / 3, 60])


def clock(mode: ClockMode = "real", speed: float = 1) -> AccountClock:
    return AccountClock(mode, speed, START_MS, START_MS)


@pytest.mark.clause("C-CLOCK")
def test_only_a_real_clock_runs() -> None:
    """`frozen` and `auto` stand where they were put; `real` goes `speed` times as fast as the wall."""
    later_ms = START_MS + 1500
    assert clock("frozen").now_ms(later_ms) == clock("auto", 5).now_ms(later_ms) == START_MS
    assert clock("real").now_ms(later_ms) == later_ms
    assert clock("real", 2).now_ms(later_ms) == START_MS + 3000
    assert clock("real", 0).now_ms(later_ms) == START_MS


@pytest.mark.clause("C-CLOCK")
@given(SPEEDS, st.lists(SPANS_MS), st.lists(st.booleans()))
def test_a_clock_never_goes_back(speed: float, spans_ms: list[int], anchored: list[bool]) -> None:
    """Whenever it is looked at and set to what it shows, its time only grows."""
    now, wall_ms, shown_ms = clock("real", speed), START_MS, START_MS
    for span_ms, anchor in zip(spans_ms, anchored, strict=False):
        wall_ms += span_ms
        assert now.now_ms(wall_ms) >= shown_ms
        shown_ms = now.now_ms(wall_ms)
        now = now.at(shown_ms, wall_ms) if anchor else now
        assert now.now_ms(wall_ms) == shown_ms


@pytest.mark.clause("C-CLOCK")
@pytest.mark.parametrize("speed", [1, 1e12])
def test_time_ends_with_the_year_9999(speed: float) -> None:
    """After it no instant could be written."""
    assert clock("real", speed).at(LATEST_MS, START_MS).now_ms(START_MS + 10**9) == LATEST_MS


@pytest.mark.clause("A-RATE-LIMIT")
@given(SPEEDS, st.integers(1, 10**7), st.integers(0, 10**6))
def test_a_wait_is_long_enough(speed: float, account_ms: int, passed_ms: int) -> None:
    """After the seconds it names, that much of the account's time has passed; a second less is not enough."""
    now = clock("real", speed)
    wait_s = now.wait_s(account_ms)
    wall_ms = START_MS + passed_ms
    assert now.now_ms(wall_ms + wait_s * 1000) - now.now_ms(wall_ms) >= account_ms
    assert wait_s == 1 or (wait_s - 2) * 1000 * speed < account_ms


@pytest.mark.clause("A-RATE-LIMIT")
def test_a_wait_on_a_clock_that_stands() -> None:
    """It counts as the wall's; what all but stands is asked for no more than a round number."""
    assert clock("frozen", 5).wait_s(1500) == clock("real", 0).wait_s(1500) == 2
    assert clock("real", 2).wait_s(0) == 1
    assert clock("real", 2).wait_s(3001) == 2
    assert clock("real", 5e-324).wait_s(10**6) == LONGEST_WAIT_S + 1


def test_after_create_counts_the_task() -> None:
    """One more task, the plan that is left, all else as it was."""
    account = replace(ACCOUNT, topups=(Topup(START_MS, Decimal(1)),), ordinal=3, serial=5)
    book = PlanBook(PlanEntry(timing="instant"))
    assert account.after_create(book) == replace(account, plan=book, ordinal=4, serial=6)


@pytest.mark.clause("C-LEDGER")
def test_credit_is_all_that_was_ever_given() -> None:
    """What it began with and every top-up."""
    assert ACCOUNT.credit == Decimal(1000)
    topups = (Topup(START_MS, Decimal("1.5")), Topup(START_MS, Decimal("0.00001")))
    assert replace(ACCOUNT, topups=topups).credit == Decimal("1001.50001")


@pytest.mark.clause("D-AUTH")
@given(API_KEYS)
def test_well_formed_keys(key: str) -> None:
    """Live and test keys of the documented form are keys, and each opens an account of its own."""
    assert KEY.match(key)
    assert account_id_of(key) == account_id_of(key)
    assert account_id_of(key) != account_id_of(f"{key}x")


@pytest.mark.clause("D-AUTH")
@pytest.mark.parametrize("text", ["", "mv_live_", "mv_prod_x", "MV_LIVE_x", "mv_live_x y", "mv_live_x\n", "xmv_live_x"])
def test_ill_formed_keys(text: str) -> None:
    """Nothing else is a key, nor is one without end."""
    assert not KEY.match(text)
    assert not KEY.match(f"mv_live_{'x' * 201}")


def test_task_ids_are_never_given_out_twice() -> None:
    """They come from the account and a count that a reset leaves alone."""
    accounts: list[Account] = [
        replace(ACCOUNT, account_id=name, serial=serial) for name in ("acct_0", "acct_1") for serial in range(3)
    ]
    assert len({next_task_id(account) for account in accounts}) == 6
    assert next_task_id(replace(ACCOUNT, ordinal=7)) == next_task_id(ACCOUNT)


@pytest.mark.clause("C-TIMING")
def test_chance_comes_from_the_seed_and_the_ordinal() -> None:
    """Equal accounts live equal lives, whatever they are called."""
    again = replace(ACCOUNT, account_id="acct_1", serial=9)
    assert task_random(ACCOUNT).random() == task_random(again).random()
    assert task_random(ACCOUNT).random() != task_random(replace(ACCOUNT, ordinal=1)).random()
    assert task_random(ACCOUNT).random() != task_random(replace(ACCOUNT, seed=1)).random()
