"""A store and the specification side by side: every verb is done to both, and must come to the same."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from mockserver.store import Store
from mockserver.store.belongings import Belonging, Write
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

        if verb == "export":
            return self._export

        @wraps(ours)
        async def both(*arguments: Any, **more: Any) -> Any:
            expected, found = await theirs(*arguments, **more), await ours(*arguments, **more)
            assert verb in UNCOMPARED or found == expected, (verb, arguments)
            return found

        return both

    async def _export(self, account_id: str, wall_ms: int, write: Write) -> bool:
        left: list[Belonging] = []
        expected = await self._book.export(account_id, wall_ms, left.append)
        found = await self._store.export(account_id, wall_ms, write_and(left, write))
        assert (found, left) == (expected, [])
        return found


def write_and(expected: list[Belonging], write: Write) -> Write:
    """Write what is expected next; nothing else."""

    def written(belonging: Belonging) -> None:
        assert belonging == expected.pop(0)
        write(belonging)

    return written


def twins(store: Store, book: MemoryStore) -> Store:
    """The two as one."""
    return cast("Store", Twins(store, book))
