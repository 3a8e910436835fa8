"""What memory keeps of accounts that were forgotten: the latest, and no more."""

from mockserver.accounts import Key
from mockserver.store.memory import MemoryStore
from tests.mockserver.store.values import account


async def forgotten(store: MemoryStore, name: str) -> None:
    """An account with two keys, opened and forgotten."""
    assert await store.open_account(account(name), f"{name}-a")
    assert await store.put_key(Key(f"{name}-b", name, "disabled"))
    assert await store.forget(name)


async def test_the_latest_stay_dead() -> None:
    """Of a bounded number the keys and the id are never used again; those before are as if they had never been."""
    store = MemoryStore(remembered=2)
    for name in ("acct_0", "acct_1", "acct_2"):
        await forgotten(store, name)
    for name in ("acct_1", "acct_2"):
        for key in (f"{name}-a", f"{name}-b"):
            assert await store.find_key(key) == Key(key, name, "deleted")
        assert not await store.open_account(account(name), "fresh")
        assert not await store.open_account(account("fresh"), f"{name}-a")
    assert await store.find_key("acct_0-a") is None
    assert await store.find_key("acct_0-b") is None
    await forgotten(store, "acct_0")
    assert await store.find_key("acct_1-a") is None
