"""The seam behind which everything an account owns is kept. A dict is the specification (`store.memory`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol

from mockserver.accounts import Account, Key
from mockserver.problems import Problem
from mockserver.records import Exchange, Registered, Task, record

if TYPE_CHECKING:
    from mockserver.store.belongings import Adoption, Belongings, Saved, Write

SNAPSHOT_LIMIT = 100
MEDIA_BYTES = 256 * 2**20
"""What an account may keep, where a store is not told otherwise."""


class Unavailable(Exception):
    """The store cannot be reached now: nothing can be said, and what was under way may or may not have been done."""


class BadStore(Exception):
    """One line on why this store can never be served as it is, and what to do about it."""


@record
class Look:
    """What one look at a request's key finds; `has_media` says that the account may have registered URLs."""

    key: Key
    account: Account
    task: Task | None
    has_media: bool


@record
class Claim:
    """Who holds an idempotency key: the task, and the first answer to it, byte for byte."""

    task_id: str
    created_at_ms: int
    status: int
    body: bytes


@record
class Held:
    """The key belongs to a committed task."""

    claim: Claim
    task: Task


@record
class Accepted:
    """What a create commits, all of it or nothing: the task, the account after it, and the first answer."""

    task: Task
    account: Account
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Exchanges after a sequence number, each with its own; `dropped` counts those the bound pushed out."""

    exchanges: list[tuple[int, Exchange]]
    limit: int
    dropped: int


class Usage(Protocol):
    """What a create must know of the account's other tasks, true at the moment of the commit."""

    def affords(self, amount: Decimal, now_ms: int) -> bool:
        """Whether the balance at `now_ms` covers `amount`."""
        ...

    def balance(self, now_ms: int) -> Decimal:
        """What may still be spent at `now_ms`."""
        ...

    def unfinished(self, now_ms: int) -> Sequence[Task]:
        """The tasks that have not ended by `now_ms`."""
        ...

    def created_since(self, api_key: str, since_ms: int) -> Sequence[int]:
        """The instants after `since_ms` at which `api_key` created tasks, oldest first."""
        ...


Decide = Callable[[Account, Usage], Accepted | Problem]


class Store(Protocol):
    """Few verbs, all atomic. An unknown account or task is None or False, never an exception.

    Any of them may raise `Unavailable` where the store is not in this process.
    """

    async def open(self) -> None:
        """Make it ready for the others; they do it themselves where it was not done, or could not be done then.

        Raises:
            BadStore: if it never can be made ready.
        """
        ...

    async def close(self) -> None:
        """Let go of what it holds in this process."""
        ...

    async def ping(self) -> None:
        """Return if it answers."""
        ...

    async def find_key(self, key: str) -> Key | None: ...
    async def open_account(self, account: Account, key: str) -> bool:
        """Make the account with its first key; False, and nothing made, if the key or the account was ever known."""
        ...

    async def account(self, account_id: str) -> Account | None: ...
    async def accounts(self) -> list[Account]: ...
    async def change_account(
        self, account_id: str, change: Callable[[Account], Account | Problem]
    ) -> Account | Problem | None:
        """Replace the account by what `change` makes of it, unless it refuses."""
        ...

    async def forget(self, account_id: str) -> bool: ...
    async def keys(self, account_id: str) -> list[Key]: ...
    async def put_key(self, key: Key) -> bool:
        """Add a key to its account, or change its state; False, and no key, if the account is forgotten."""
        ...

    async def read(self, api_key: str, task_id: str) -> Look | None:
        """The key, its account and the task in one look; None if the key opens nothing."""
        ...

    async def task(self, account_id: str, task_id: str) -> Task | None: ...
    async def tasks(self, account_id: str) -> list[Task]:
        """All tasks in order of creation."""
        ...

    async def change_task(
        self, account_id: str, task_id: str, change: Callable[[Task], Task | Problem]
    ) -> Task | Problem | None: ...
    async def usage(self, account_id: str) -> Usage | None: ...

    async def claim(
        self, account_id: str, idempotency_key: str, alive: Callable[[Claim], bool]
    ) -> Held | Literal["claimed", "in_flight"] | None:
        """Take the key for a create that is about to be judged, unless a living claim or another create has it."""
        ...

    async def settled(self, account_id: str, idempotency_key: str) -> None:
        """Return once the create that is in flight under the key has committed or given up."""
        ...

    async def unclaim(self, account_id: str, idempotency_key: str) -> None:
        """Give the key up after a refusal; does nothing after a commit."""
        ...

    async def commit(
        self, account_id: str, idempotency_key: str | None, decide: Decide
    ) -> Accepted | Problem | Literal["lost"] | None:
        """Judge and write in one step: nobody else's create comes between.

        "lost", and nothing written, if the claim of the key ran out meanwhile and somebody else took it.
        """
        ...

    async def put_media(self, account_id: str, media: Registered) -> bool | None:
        """Register a URL. False: its bytes would be more than the account may keep; None: no such account.

        Every file counts once, registered or put, owned now or by a snapshot.
        """
        ...

    async def media(self, account_id: str, url: str) -> Registered | None: ...
    async def all_media(self, account_id: str) -> list[Registered]: ...
    async def put_blob(self, account_id: str, digest: str, content: bytes) -> None:
        """Keep the bytes, where there is room for them."""
        ...

    async def blob(self, account_id: str, digest: str) -> bytes | None: ...

    async def append(self, account_id: str | None, exchange: Exchange) -> None:
        """Add to the journal of the account, or of the server where there is none."""
        ...

    async def exchanges(self, account_id: str | None, after: int) -> Page: ...
    async def appended(self, account_id: str | None, after: int, wait_s: float) -> None:
        """Return once the journal holds something after `after`, or `wait_s` seconds have passed."""
        ...

    async def clear_journal(self, account_id: str | None) -> None: ...
    async def exchange(self, exchange_id: str) -> tuple[str | None, Exchange] | None: ...

    async def snapshot(self, account_id: str, snapshot_id: str, wall_ms: int) -> bool | None:
        """Keep all that the account owns, but its keys and journal, under a name.

        False: it has as many as it may; None: no such account.
        """
        ...

    async def snapshots(self, account_id: str) -> "list[Saved]":
        """The snapshots in the order in which they were taken."""
        ...

    async def drop_snapshot(self, account_id: str, snapshot_id: str) -> bool | None:
        """Forget a snapshot. False: no such snapshot; None: no such account."""
        ...

    async def restore(self, account_id: str, snapshot_id: str, wall_ms: int) -> bool | None:
        """Go back to a snapshot, its time included. False: no such snapshot; None: no such account."""
        ...

    async def fork(self, account_id: str, fork_id: str, key: str, wall_ms: int) -> bool:
        """A new account with its own copy of everything; nothing is shared afterwards."""
        ...

    async def reset(self, account_id: str) -> bool:
        """Drop tasks, claims, journal and top-ups; keys, dialect, clock and the plan's base stay."""
        ...

    async def export(self, account_id: str, wall_ms: int, write: "Write") -> bool:
        """Hand all that the account owns but its journal to `write`, as it is at one moment; False if it is not there.

        `write` may be called in another thread.
        """
        ...

    async def adopt(self, belongings: "Belongings", wall_ms: int, *, replace: bool) -> "Adoption":
        """Own what an account owned elsewhere, all of it or nothing; its time goes on at `wall_ms`.

        "known", unless `replace`: the account is here, or was; "key_taken": one of its keys is another account's here.
        What replaces an account drops all that it owned, snapshots and journal included; its own keys that are not
        among the new ones are dead, and its creates in flight stay in flight.

        Whatever iterating over `belongings` raises comes out of here, and nothing has changed.
        """
        ...
