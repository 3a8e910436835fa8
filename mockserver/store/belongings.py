"""What an account owns as a stream of values: what `export` writes and `adopt` takes, whichever store it is.

In this order: the account, its keys, every file once; then its tasks, its claims by their keys, its media and its
blobs by their digests; then each snapshot, followed by what it holds in the same way. Files are named, not repeated.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import blake2b
from typing import Literal

from mockserver.accounts import Account, Key
from mockserver.records import Registered, Task, record
from mockserver.store import Claim


@record
class Saved:
    """A snapshot, and the account as it was then; `account.clock.anchor_wall_ms` is when it was taken."""

    snapshot_id: str
    account: Account


@record
class Content:
    """The bytes of a file; `content_id` is made of them."""

    content_id: str
    content: bytes


@record
class Claimed:
    """An idempotency key and who holds it."""

    idempotency_key: str
    claim: Claim


@record
class Placed:
    """A registered URL without its bytes, and the name of those where there are any."""

    media: Registered
    content_id: str | None


@record
class Blob:
    """The SHA-256 by which a file is found, and its name."""

    digest: str
    content_id: str


Belonging = Account | Key | Content | Task | Claimed | Placed | Blob | Saved
Write = Callable[[Belonging], None]
Belongings = Iterable[Belonging]
Adoption = Literal["adopted", "known", "key_taken"]


def content_id(content: bytes) -> str:
    """The name of some bytes; equal ones are kept once for each account."""
    return blake2b(content, digest_size=20).hexdigest()


def taken(account: Account, wall_ms: int) -> Account:
    """The account with its time noted, and no time of any wall: it goes on from there wherever it is adopted."""
    return replace(account, clock=account.clock.at(account.now_ms(wall_ms), 0))


def in_order(saved: Iterable[Saved]) -> list[Saved]:
    """Snapshots as they were taken."""
    return sorted(saved, key=lambda each: (each.account.clock.anchor_wall_ms, each.snapshot_id))
