"""What a dashboard's user does: open an account, add money, make and switch keys, change how it answers (API.md §7)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial

from mockserver import dialect as dialects
from mockserver.accounts import Account, ClockMode, Key
from mockserver.dialect import Dialect
from mockserver.ledger import Topup
from mockserver.planning import EMPTY_PLAN, PlanBook
from mockserver.problems import Problem
from mockserver.records import Rule, record
from mockserver.tasks import Service
from mockserver.tasks.tenants import DEFAULT_BALANCE, new_account


@record
class Wish:
    """What is wanted of a new account; None: as the server's settings have it. Fault rules are dated by its clock."""

    dialect: Dialect
    faults: Callable[[int], tuple[Rule, ...]]
    given: Decimal | None = None
    seed: int | None = None
    mode: ClockMode | None = None
    speed: float | None = None
    now_ms: int | None = None
    plan: PlanBook = EMPTY_PLAN


def new_account_id(service: Service) -> str:
    """As long as the id of an account that a key has opened."""
    return f"acct_{(service.token() + service.token())[:20]}"


def new_key_text(service: Service) -> str:
    return f"mv_live_{service.token()}{service.token()}"


async def make_account(service: Service, wish: Wish) -> Key:
    """A fresh tenant, with its first key."""
    wall_ms = service.wall_ms()
    account = new_account(service.settings, new_account_id(service), wall_ms)
    clock = account.clock
    account = replace(
        account,
        given=DEFAULT_BALANCE if wish.given is None else wish.given,
        seed=account.seed if wish.seed is None else wish.seed,
        dialect=wish.dialect,
        plan=wish.plan,
        clock=replace(
            clock,
            mode=wish.mode or clock.mode,
            speed=clock.speed if wish.speed is None else wish.speed,
            anchor_ms=clock.anchor_ms if wish.now_ms is None else wish.now_ms,
        ),
    )
    account = replace(account, faults=wish.faults(account.now_ms(wall_ms)))
    key = Key(new_key_text(service), account.account_id)
    is_new = await service.store.open_account(account, key.key)
    assert is_new, "an unguessable name was taken"
    return key


async def change(service: Service, account_id: str, how: Callable[[Account], Account]) -> Account | Problem | None:
    """The account after any change of its settings."""
    return await service.store.change_account(account_id, how)


async def top_up(service: Service, account_id: str, amount: Decimal) -> Account | Problem | None:
    """Add money, dated by the account's clock."""
    return await service.store.change_account(account_id, partial(_top_up, service.wall_ms(), amount))


def _top_up(wall_ms: int, amount: Decimal, account: Account) -> Account:
    return replace(account, topups=(*account.topups, Topup(account.now_ms(wall_ms), amount, account.ordinal)))


async def set_dialect(service: Service, account_id: str, changes: Mapping[str, object]) -> Account | Problem | None:
    """Change some of the settings; that they are good has been checked."""
    return await service.store.change_account(account_id, partial(_set_dialect, changes))


def _set_dialect(changes: Mapping[str, object], account: Account) -> Account:
    merged = dialects.merge(account.dialect, changes)
    assert isinstance(merged, Dialect), merged
    return replace(account, dialect=merged)


async def set_plan(service: Service, account_id: str, plan: PlanBook) -> Account | Problem | None:
    """Replace the plan whole."""
    return await service.store.change_account(account_id, partial(_set_plan, plan))


def _set_plan(plan: PlanBook, account: Account) -> Account:
    return replace(account, plan=plan)


async def add_key(service: Service, account_id: str) -> Key | None:
    """One more key; None if the account is forgotten."""
    key = Key(new_key_text(service), account_id)
    return key if await service.store.put_key(key) else None


async def living_keys(service: Service, account_id: str) -> list[Key]:
    """The account's keys, but the deleted ones."""
    return [key for key in await service.store.keys(account_id) if key.state != "deleted"]


async def key_named(service: Service, account_id: str, text: str) -> Key | None:
    """A living key of the account; nobody else's."""
    key = await service.store.find_key(text)
    return key if key is not None and key.account_id == account_id and key.state != "deleted" else None
