"""A store and the specification side by side: every verb is done to both, and must come to the same."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from mockserver.store import Store
from mockserver.store.memory import MemoryStore

UNCOMPARED = frozenset({"usage"})
"""What it answers is no value; the machine looks into it."""


class Twins:
    """Answers as `store` does."""

    def __init__(self, store: Store, book: MemoryStore) -> None:
        self._store = store
        self._book = book

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        ours, theirs = getattr(self._store, verb), getattr(self._book, verb)

        @wraps(ours)
        async def both(*arguments: Any) -> Any:
            expected, found = await theirs(*arguments), await ours(*arguments)
            assert verb in UNCOMPARED or found == expected, (verb, arguments)
            return found

        return both


def twins(store: Store, book: MemoryStore) -> Store:
    """The two as one."""
    return cast("Store", Twins(store, book))
