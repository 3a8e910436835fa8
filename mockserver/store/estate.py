"""All that an account in memory owns, as a stream of belongings and back; in a thread, for there may be a lot."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Self

from mockserver.accounts import Account, Key
from mockserver.records import Task
from mockserver.store.belongings import (
    Belonging,
    Belongings,
    Blob,
    Claimed,
    Content,
    Placed,
    Saved,
    Write,
    content_id,
    taken,
)
from mockserver.store.ring import Journal
from mockserver.store.tenant import Tenant, resumed


@dataclass(slots=True)
class Estate:
    """`owned` is what the account owns now, `snapshots` what it owned once; nobody else changes them."""

    account: Account
    owned: Tenant
    keys: list[Key] = field(default_factory=list)
    snapshots: dict[str, Tenant] = field(default_factory=dict)

    @classmethod
    def of(cls, tenant: Tenant, keys: list[Key], wall_ms: int) -> Self:
        """That of a tenant at this moment: dicts are copied, records never change, and neither do snapshots."""
        account = taken(tenant.account, wall_ms)
        snapshots = {saved.snapshot_id: tenant.snapshots[saved.snapshot_id] for saved in tenant.saved()}
        return cls(account, tenant.copy(account), keys, snapshots)


def pour(estate: Estate, write: Write) -> None:
    """Write every belonging, in order."""
    holders = [estate.owned, *estate.snapshots.values()]
    files = {id(content): content for holder in holders for content in _files(holder)}
    names = {key: content_id(content) for key, content in files.items()}
    write(estate.account)
    for key in estate.keys:
        write(key)
    for name, content in sorted({names[key]: content for key, content in files.items()}.items()):
        write(Content(name, content))
    for belonging in _held(estate.owned, names):
        write(belonging)
    for snapshot_id, saved in estate.snapshots.items():
        write(Saved(snapshot_id, saved.account))
        for belonging in _held(saved, names):
            write(belonging)


def _files(holder: Tenant) -> Iterator[bytes]:
    yield from holder.blobs.values()
    yield from (media.content for media in holder.media.values() if media.content is not None)


def _held(holder: Tenant, names: dict[int, str]) -> Iterator[Belonging]:
    yield from holder.tasks.values()
    for key in sorted(holder.claims):
        yield Claimed(key, holder.claims[key])
    for media in holder.media.values():
        yield Placed(replace(media, content=None), None if media.content is None else names[id(media.content)])
    for digest in sorted(holder.blobs):
        yield Blob(digest, names[id(holder.blobs[digest])])


def gathered(belongings: Belongings) -> Estate:
    """The estate that a stream tells of."""
    stream = iter(belongings)
    account = next(stream)
    assert isinstance(account, Account), "the account comes first"
    estate = Estate(account, _empty(account))
    holder = estate.owned
    contents: dict[str, bytes] = {}
    for belonging in stream:
        match belonging:
            case Task():
                holder.tasks[belonging.task_id] = belonging
            case Claimed():
                holder.claims[belonging.idempotency_key] = belonging.claim
            case Placed(media, name):
                holder.media[media.url] = replace(media, content=None if name is None else contents[name])
            case Blob():
                holder.blobs[belonging.digest] = contents[belonging.content_id]
            case Key():
                estate.keys.append(belonging)
            case Content():
                contents[belonging.content_id] = belonging.content
            case _:
                assert isinstance(belonging, Saved), "one account at a time"
                holder = estate.snapshots[belonging.snapshot_id] = _empty(belonging.account)
    return estate


def inherit(tenant: Tenant, estate: Estate, known: dict[str, Key], wall_ms: int) -> None:
    """Let the tenant own the estate and nothing else; its keys that are not among the new ones are dead in `known`."""
    account_id = estate.account.account_id
    dead = {key.key: replace(key, state="deleted") for key in known.values() if key.account_id == account_id}
    known |= dead | {key.key: key for key in estate.keys}
    tenant.keys = {*dead, *(key.key for key in estate.keys)}
    tenant.take_over(estate.owned, resumed(estate.account, tenant.account.serial, wall_ms))
    tenant.snapshots = estate.snapshots
    tenant.journal.clear()


def _empty(account: Account) -> Tenant:
    """A holder; a journal it has none of, for what takes over keeps its own."""
    return Tenant(account, Journal(0, 0))
