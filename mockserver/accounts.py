"""An account is an isolated tenant: its clock, dialect, plan, money and seed. Pure values (API.md §7)."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import blake2b
from math import ceil
from random import Random
from typing import Literal

from mockserver.dialect import Dialect
from mockserver.ledger import Topup
from mockserver.planning import EMPTY_PLAN, PlanBook
from mockserver.records import Rule, record

KEY = re.compile(r"mv_(?:live|test)_[A-Za-z0-9_-]{1,200}\Z")
"""An API key (D-AUTH). Its length is bounded, so that a header cannot grow the key table without limit."""

LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999, where time ends: ISO 8601 has no five-digit years."""

LONGEST_WAIT_S = 1e9
"""What a clock that all but stands still asks for."""

ClockMode = Literal["real", "frozen", "auto"]


@record
class AccountClock:
    """`now` stood at `anchor_ms` when the wall stood at `anchor_wall_ms`; only `real` runs on from there."""

    mode: ClockMode
    speed: float
    anchor_ms: int
    anchor_wall_ms: int

    def now_ms(self, wall_ms: int) -> int:
        """The account's time for a time of the wall, both in milliseconds since the epoch."""
        if self.mode != "real":
            return self.anchor_ms
        passed_ms = wall_ms - self.anchor_wall_ms
        if self.speed != 1:
            passed_ms = int(passed_ms * self.speed)
        now_ms = self.anchor_ms + passed_ms
        return now_ms if now_ms < LATEST_MS else LATEST_MS

    def at(self, now_ms: int, wall_ms: int) -> "AccountClock":
        """The same clock, showing `now_ms` at `wall_ms`."""
        return replace(self, anchor_ms=now_ms, anchor_wall_ms=wall_ms)

    def wait_s(self, account_ms: int) -> int:
        """The whole seconds of the wall, from 1, in which `account_ms` pass here; a stopped clock counts as the wall's.

        What the division lost is made up for: then that time really has passed.
        """
        speed = self.speed if self.mode == "real" and self.speed > 0 else 1
        wait_s = max(1, ceil(min(account_ms / 1000 / speed, LONGEST_WAIT_S)))
        return wait_s if int(wait_s * 1000 * speed) >= account_ms else wait_s + 1


@record
class Account:
    """Everything of a tenant that is not a list: settings, clock and the counters that new tasks are named by.

    `ordinal` counts accepted tasks since the last reset and seeds their chance; `serial` counts them for ever and
    names them, so that an id is never given out twice. `given` is the balance it began with.
    """

    account_id: str
    seed: int
    given: Decimal
    dialect: Dialect
    clock: AccountClock
    plan: PlanBook = EMPTY_PLAN
    topups: tuple[Topup, ...] = ()
    faults: tuple[Rule, ...] = ()
    ordinal: int = 0
    serial: int = 0

    def now_ms(self, wall_ms: int) -> int:
        return self.clock.now_ms(wall_ms)

    def after_create(self, plan: PlanBook) -> "Account":
        """The account once one more task is in; spelt out because `replace` is slow, and every create does this."""
        return Account(
            self.account_id,
            self.seed,
            self.given,
            self.dialect,
            self.clock,
            plan,
            self.topups,
            self.faults,
            self.ordinal + 1,
            self.serial + 1,
        )

    @property
    def credit(self) -> Decimal:
        """All the money it ever had: what it began with and what was topped up."""
        if not self.topups:
            return self.given
        return self.given + sum((topup.amount for topup in self.topups), Decimal(0))


@dataclass(frozen=True, slots=True)
class Key:
    """An API key of an account. A deleted one is remembered: it stays dead, also under `--keys open`."""

    key: str
    account_id: str
    state: Literal["active", "disabled", "deleted"] = "active"


def account_id_of(key: str) -> str:
    """The id of the account that an unknown key opens: the same on every replica."""
    return f"acct_{blake2b(key.encode(), digest_size=10).hexdigest()}"


def next_task_id(account: Account) -> str:
    """A task id that no other account and no other task of this account has."""
    name = f"{account.account_id}/{account.serial}"
    return f"task_{blake2b(name.encode(), digest_size=12).hexdigest()}"


def task_random(account: Account) -> Random:
    """The chance of the account's next task."""
    return Random(f"{account.seed}/{account.ordinal}")
