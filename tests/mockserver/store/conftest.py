"""Every store there is: each test here that takes `store` or `make_store` runs once for each."""

from collections.abc import Callable

import pytest

from mockserver.store import Store
from mockserver.store.memory import MemoryStore

JOURNAL_SIZE = 5
JOURNAL_BYTES = 20_000

MakeStore = Callable[[], Store]
STORES: dict[str, MakeStore] = {"memory": lambda: MemoryStore(JOURNAL_SIZE, JOURNAL_BYTES)}


@pytest.fixture(params=sorted(STORES))
def make_store(request: pytest.FixtureRequest) -> MakeStore:
    """Makes an empty store with a short journal."""
    return STORES[request.param]


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    """An empty store."""
    return make_store()
