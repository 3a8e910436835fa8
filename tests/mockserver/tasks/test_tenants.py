"""From an API key to its account (D-AUTH, API.md §7)."""

import pytest

from mockserver.accounts import Key, account_id_of
from mockserver.settings import Settings
from mockserver.tasks.tenants import LONGEST_HEADER, account_named, bearer, delete_key, key_of
from tests.asgi import KEY, OTHER_KEY, START_MS, Caller


@pytest.mark.clause("D-AUTH", "H-BEARER")
@pytest.mark.parametrize(
    ("header", "key"),
    [
        (b"Bearer mv_live_abc", "mv_live_abc"),
        (b"bearer mv_test_a-b_C", "mv_test_a-b_C"),
        (b"BEARER   mv_live_abc ", "mv_live_abc"),
        (b"Bearer", None),
        (b"Bearer ", None),
        (b"mv_live_abc", None),
        (b"Basic mv_live_abc", None),
        (b"Bearer mv_live_", None),
        (b"Bearer mv_live_abc mv_live_abc", None),
        (b"Bearer mv_live_\xe9", None),
        (b"Bearer\tmv_live_abc", None),
        (b"", None),
        (b"Bearer " + b" " * LONGEST_HEADER + b"mv_live_abc", None),
    ],
)
def test_bearer(header: bytes, key: str | None) -> None:
    """The scheme in any case, then a well-formed key and nothing else."""
    assert bearer(header) == key


@pytest.mark.clause("C-ACCOUNT", "D-AUTH")
async def test_a_new_key_opens_an_account() -> None:
    """With the server's settings; the same key leads to the same account from then on."""
    caller = Caller(Settings(seed=7, speed=2, clock="auto"))
    assert await key_of(caller.service, KEY) == await key_of(caller.service, KEY) == Key(KEY, account_id_of(KEY))
    account = await caller.account()
    assert (account.seed, str(account.given)) == (7, "1000.00000")
    assert (account.clock.mode, account.clock.speed, account.clock.anchor_ms) == ("auto", 2, START_MS)
    assert await key_of(caller.service, OTHER_KEY) == Key(OTHER_KEY, account_id_of(OTHER_KEY))


@pytest.mark.clause("D-AUTH")
async def test_strict_keys() -> None:
    """Only keys that were made open anything."""
    caller = Caller(Settings(keys="strict"))
    assert await key_of(caller.service, KEY) is None
    assert await caller.store.accounts() == []


@pytest.mark.clause("C-ACCOUNT")
async def test_text_that_is_no_key_opens_nothing() -> None:
    """Nor does it name an account."""
    caller = Caller()
    assert await key_of(caller.service, "mv_prod_x") is None
    assert await account_named(caller.service, "mv_prod_x") is None
    assert await caller.store.accounts() == []


@pytest.mark.clause("C-ACCOUNT", "C-KEYS")
async def test_an_account_is_named_by_its_id_or_any_living_key() -> None:
    """A disabled key names it still, a deleted one does not."""
    caller = Caller()
    account = await account_named(caller.service, KEY)
    assert account is not None
    assert await account_named(caller.service, account.account_id) == account
    assert await account_named(caller.service, "acct_0") is None
    second = Key("mv_live_second", account.account_id, "disabled")
    await caller.store.put_key(second)
    assert await account_named(caller.service, "mv_live_second") == account
    await delete_key(caller.service, second)
    assert await account_named(caller.service, "mv_live_second") is None
    assert await account_named(caller.service, KEY) == account


@pytest.mark.clause("C-KEYS")
async def test_a_forgotten_accounts_key_opens_nothing() -> None:
    """It stays dead, also where any well-formed key is welcome."""
    caller = Caller()
    await caller.store.forget((await caller.account()).account_id)
    key = await key_of(caller.service, KEY)
    assert key is not None
    assert key.state == "deleted"
    assert await account_named(caller.service, KEY) is None
