"""All that one account owns, in dicts of immutable records: a copy of the dicts is a copy of everything."""

import asyncio
from dataclasses import dataclass, field, replace

from mockserver.accounts import Account
from mockserver.records import Registered, Task
from mockserver.store import Claim
from mockserver.store.belongings import Saved, in_order
from mockserver.store.ring import Journal
from mockserver.store.usage import Tally


@dataclass(slots=True)
class Tenant:
    """The belongings of one account. A key in flight has an event once somebody waits for it."""

    account: Account
    journal: Journal
    keys: set[str] = field(default_factory=set)
    tasks: dict[str, Task] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    media: dict[str, Registered] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    snapshots: dict[str, "Tenant"] = field(default_factory=dict)
    in_flight: dict[str, asyncio.Event | None] = field(default_factory=dict)
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self.tally = Tally(self.account, self.tasks)

    def copy(self, account: Account) -> "Tenant":
        """The same belongings under `account`; keys, journal and snapshots are not among them."""
        return Tenant(
            account,
            self.journal,
            tasks=dict(self.tasks),
            claims=dict(self.claims),
            media=dict(self.media),
            blobs=dict(self.blobs),
        )

    def saved(self) -> list[Saved]:
        """Its snapshots as they were taken."""
        return in_order(Saved(name, saved.account) for name, saved in self.snapshots.items())

    def put_media(self, media: Registered, most_bytes: int) -> bool:
        """Register a URL, unless its bytes would be more than it may keep."""
        if media.content is not None and not self.has_room(media.content, most_bytes, media.url):
            return False
        self.media[media.url] = media
        if media.content is not None and media.facts.digest is not None:
            self.blobs[media.facts.digest] = media.content
        return True

    def has_room(self, content: bytes, most_bytes: int, url: str | None = None) -> bool:
        """Whether it may keep the bytes, too, those it keeps already in any case; what `url` has now goes for them."""
        holders = [self, *self.snapshots.values()]
        files = {blob for each in holders for blob in each.blobs.values()}
        placed = [(each, media) for each in holders for media in each.media.values() if media.content is not None]
        if content in files or any(content == media.content for _, media in placed):
            return True
        files |= {media.content for each, media in placed if media.content and (each is not self or media.url != url)}
        return sum(map(len, files)) + len(content) <= most_bytes

    def set_account(self, account: Account) -> None:
        self.account = account
        self.tally.account = account

    async def landed(self, idempotency_key: str) -> None:
        """Return once no create is in flight under the key."""
        if idempotency_key in self.in_flight:
            event = self.in_flight[idempotency_key] = self.in_flight[idempotency_key] or asyncio.Event()
            await event.wait()

    def land(self, idempotency_key: str) -> None:
        """No create is in flight under the key any more: whoever waits for it looks again."""
        event = self.in_flight.pop(idempotency_key, None)
        if event is not None:
            event.set()

    def branch(self, other: "Tenant") -> None:
        """Own copies of what `other` owns, under this account."""
        self.take_over(other, self.account)
        account_id = self.account.account_id
        self.tasks.update({name: replace(task, account_id=account_id) for name, task in self.tasks.items()})
        self.tally = Tally(self.account, self.tasks)

    def take_over(self, other: "Tenant", account: Account) -> None:
        """Own what `other` owns from now on."""
        self.tasks, self.claims = dict(other.tasks), dict(other.claims)
        self.media, self.blobs = dict(other.media), dict(other.blobs)
        self.account = account
        self.tally = Tally(account, self.tasks)


def stopped(account: Account, wall_ms: int) -> Account:
    """The account with its time noted at `wall_ms`."""
    return replace(account, clock=account.clock.at(account.now_ms(wall_ms), wall_ms))


def resumed(saved: Account, serial: int, wall_ms: int) -> Account:
    """The saved account, going on from its own time at `wall_ms`; ids given out since are not given out again."""
    return replace(saved, clock=saved.clock.at(saved.clock.anchor_ms, wall_ms), serial=max(saved.serial, serial))
