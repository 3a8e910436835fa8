"""From an API key to its account: the key *is* the tenant (D-AUTH, API.md §7)."""

from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from mockserver.accounts import KEY, Account, AccountClock, Key, account_id_of
from mockserver.planning import PlanBook
from mockserver.problems import Problem
from mockserver.settings import Settings
from mockserver.tasks import Service

DEFAULT_BALANCE = Decimal("1000.00000")

LONGEST_HEADER = 512
"""More than any `Authorization` with a key has: what is longer is not worth remembering."""

UNKNOWN_KEY = Problem(
    "unauthorized",
    "The API key is missing or unknown: send 'Authorization: Bearer <key>' with a key of this server.",
    settings=("unknown_key_status",),
)
DISABLED_KEY = Problem(
    "key_disabled",
    "This API key is disabled: enable it on the dashboard (PATCH …/keys/{key}) or use another one.",
    settings=("disabled_key_status",),
)


def new_account(settings: Settings, account_id: str, wall_ms: int) -> Account:
    """An account as the server's settings make it."""
    return Account(
        account_id=account_id,
        seed=settings.seed,
        given=DEFAULT_BALANCE,
        dialect=settings.dialect,
        clock=AccountClock(settings.clock, settings.speed, wall_ms, wall_ms),
        plan=PlanBook(),
    )


def bearer(authorization: bytes) -> str | None:
    """The key in an `Authorization` header; the scheme is read without regard to case."""
    return _bearer(authorization) if len(authorization) <= LONGEST_HEADER else None


@lru_cache(maxsize=1024)
def _bearer(authorization: bytes) -> str | None:
    scheme, _, key = authorization.decode("latin-1").partition(" ")
    key = key.strip(" ")
    return key if scheme.lower() == "bearer" and KEY.match(key) else None


async def key_of(service: Service, text: str) -> Key | None:
    """The key record for a well-formed key, opening its account on first use under `--keys open`."""
    found = await service.store.find_key(text)
    if found is not None or service.settings.keys == "strict" or not KEY.match(text):
        return found
    account = new_account(service.settings, account_id_of(text), service.wall_ms())
    await service.store.open_account(account, text)
    return await service.store.find_key(text)


async def account_named(service: Service, name: str) -> Account | None:
    """The account of the control plane's `{account}`: an account id, or any living key of it."""
    if not name.startswith("mv_"):
        return await service.store.account(name)
    key = await key_of(service, name)
    if key is None or key.state == "deleted":
        return None
    return await service.store.account(key.account_id)


async def delete_key(service: Service, key: Key) -> None:
    """Kill a key for ever; it is remembered, so that it opens nothing again."""
    await service.store.put_key(replace(key, state="deleted"))
