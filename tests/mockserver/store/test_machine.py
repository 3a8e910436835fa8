"""A store driven through its verbs beside a model made of lists and dicts, in whatever order Hypothesis thinks of."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any, Literal, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mockserver.accounts import Account, Key
from mockserver.ledger import Topup
from mockserver.lifecycle import status_at
from mockserver.planning import PlanBook, PlanEntry
from mockserver.problems import Problem
from mockserver.records import TERMINAL, Exchange, MediaFacts, OperatorEvent, Registered, Task
from mockserver.store import Accepted, Look, Page, Store, Usage
from mockserver.store.belongings import Belonging
from mockserver.store.memory import MemoryStore
from mockserver.tasks.operate import append
from tests.asgi import START_MS
from tests.mockserver.store.conftest import (
    BOUNDS,
    JOURNAL_BYTES,
    JOURNAL_SIZE,
    MEDIA_BYTES,
    SNAPSHOT_LIMIT,
    MakeStore,
)
from tests.mockserver.store.twins import twins
from tests.mockserver.store.values import REFUSED, account, decide, exchange, held
from tests.strategies import PLANS, SPANS_MS

T = TypeVar("T")

NAMES = ["acct_0", "acct_1", "acct_2", "acct_3"]
KEYS = [f"mv_live_{number}" for number in range(6)]
IDEMPOTENCY_KEYS = st.sampled_from(["k", "l"])
URLS = ["https://example.com/a.mp4", "https://example.com/b.mp4"]

FILES = {"aaa": b"a" * 4000, "bbb": b"b" * 5000, "ccc": b"c" * 6000}
"""By their digests; an account has room for two of them."""

A_NAME = st.sampled_from(NAMES)
A_SNAPSHOT = st.sampled_from(["snap_0", "snap_1", "snap_2", "snap_3"])
A_KEY = st.sampled_from(KEYS)


@dataclass
class Belongings:
    """What an account owns, by the book."""

    account: Account
    tasks: list[Task] = field(default_factory=list)
    claims: dict[str, str] = field(default_factory=dict)
    media: dict[str, Registered] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    in_flight: set[str] = field(default_factory=set)
    snapshots: dict[str, "Belongings"] = field(default_factory=dict)
    journal: list[Exchange] = field(default_factory=list)
    cleared: int = 0

    def copy(self, account: Account) -> "Belongings":
        """The same tasks, claims and media; all in them is immutable."""
        return Belongings(account, list(self.tasks), dict(self.claims), dict(self.media), dict(self.blobs))

    def files(self) -> set[bytes]:
        """Every file that is held, now or by a snapshot."""
        held = [self, *self.snapshots.values()]
        placed = {media.content for each in held for media in each.media.values() if media.content is not None}
        return placed | {blob for each in held for blob in each.blobs.values()}


class StoreMachine(RuleBasedStateMachine):
    """Hypothesis asks for a class to inherit from; `make_store` makes the store under test."""

    def __init__(self, make_store: MakeStore) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = self.runner.run(make_store())
        self.wall_ms = START_MS
        self.keys: dict[str, Key] = {}
        self.owned: dict[str, Belongings] = {}
        self.known: set[str] = set()
        self.exchanges = 0
        self.kept: dict[str, tuple[list[Belonging], Belongings, int]] = {}
        self.kept_keys: dict[str, dict[str, Key]] = {}

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()

    def run(self, verb: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(verb)

    def now_ms(self, own: Belongings) -> int:
        return own.account.now_ms(self.wall_ms)

    @initialize()
    def begin(self) -> None:
        self.open("acct_0", "mv_live_0")

    @rule(name=A_NAME, key=A_KEY)
    def open(self, name: str, key: str) -> None:
        made = account(name)
        made = replace(made, clock=made.clock.at(self.wall_ms, self.wall_ms))
        fresh = key not in self.keys and name not in self.known
        assert self.run(self.store.open_account(made, key)) == fresh
        if fresh:
            self.known.add(name)
            self.owned[name] = Belongings(made)
            self.keys[key] = Key(key, name)

    @rule(name=A_NAME)
    def forget(self, name: str) -> None:
        assert self.run(self.store.forget(name)) == (self.owned.pop(name, None) is not None)
        self.keys = {
            text: replace(key, state="deleted") if key.account_id == name else key for text, key in self.keys.items()
        }

    @rule(name=A_NAME, key=A_KEY, state=st.sampled_from(["active", "disabled", "deleted"]))
    def put_key(self, name: str, key: str, state: Literal["active", "disabled", "deleted"]) -> None:
        if key in self.keys and self.keys[key].account_id != name:
            return
        put = Key(key, name, state)
        assert self.run(self.store.put_key(put)) == (name in self.owned)
        if name in self.owned:
            self.keys[key] = put

    @rule(span_ms=SPANS_MS)
    def let_time_pass(self, span_ms: int) -> None:
        self.wall_ms += span_ms

    @rule(name=A_NAME, how=st.sampled_from(["freeze", "run", "topup", "plan", "refuse"]))
    def change_account(self, name: str, how: str) -> None:
        def change(known: Account) -> Account | Problem:
            clock = known.clock.at(known.now_ms(self.wall_ms), self.wall_ms)
            if how == "refuse":
                return REFUSED
            if how == "topup":
                return replace(known, topups=(*known.topups, Topup(clock.anchor_ms, Decimal(5))))
            if how == "plan":
                return replace(known, plan=PlanBook(PlanEntry(queued_ms=1), (PlanEntry(queued_ms=2),)))
            return replace(known, clock=replace(clock, mode="frozen" if how == "freeze" else "real"))

        own = self.owned.get(name)
        changed = self.run(self.store.change_account(name, change))
        assert changed == (None if own is None else change(own.account))
        if own is not None and isinstance(changed, Account):
            own.account = changed

    @rule(name=A_NAME, key=IDEMPOTENCY_KEYS, alive=st.booleans())
    def claim(self, name: str, key: str, alive: bool) -> None:
        found = self.run(self.store.claim(name, key, lambda _: alive))
        own = self.owned.get(name)
        if own is None:
            assert found is None
        elif key in own.claims and alive:
            assert found == held(next(task for task in own.tasks if task.task_id == own.claims[key]))
        elif key in own.in_flight:
            assert found == "in_flight"
        else:
            assert found == "claimed"
            own.in_flight.add(key)

    @rule(name=A_NAME, key=IDEMPOTENCY_KEYS)
    def unclaim(self, name: str, key: str) -> None:
        self.run(self.store.unclaim(name, key))
        if name in self.owned:
            self.owned[name].in_flight.discard(key)
        self.run(self.store.settled(name, key))

    @rule(
        name=A_NAME,
        key=st.none() | IDEMPOTENCY_KEYS,
        api_key=A_KEY,
        plan=PLANS,
        charge_on=st.sampled_from(["success", "submit"]),
        accepted=st.booleans() | st.just(True),
    )
    def commit(self, name: str, key: str | None, accepted: bool, **changes: Any) -> None:
        own = self.owned.get(name)
        if own is None or (key is not None and key not in own.in_flight):
            key = None
        now_ms = 0 if own is None else self.now_ms(own)

        def judge(known: Account, usage: Usage) -> Accepted | Problem:
            assert own is not None
            assert known == own.account
            self.check_usage(own, usage)
            return decide(known, usage, key=key, now_ms=now_ms, **changes) if accepted else REFUSED

        made = self.run(self.store.commit(name, key, judge))
        if own is None:
            assert made is None
        elif not accepted:
            assert made == REFUSED
        else:
            assert isinstance(made, Accepted)
            assert made.task.task_id not in {task.task_id for task in own.tasks}
            own.account = made.account
            own.tasks.append(made.task)
            if key is not None:
                own.claims[key] = made.task.task_id
                own.in_flight.discard(key)

    def check_usage(self, own: Belongings, usage: Usage) -> None:
        """The store's sums are those that a look at all tasks gives."""
        now_ms, spent = self.now_ms(own), Decimal(0)
        states = [(task, status_at(task, now_ms)) for task in own.tasks]
        for task, status in states:
            spent += 0 if status in ("failed", "cancelled") else task.price.total
        topups = sum((topup.amount for topup in own.account.topups), Decimal(0))
        balance = own.account.given + topups - spent
        assert usage.affords(balance, now_ms)
        assert not usage.affords(balance + Decimal("0.00001"), now_ms)
        assert usage.balance(now_ms) == balance
        assert list(usage.unfinished(now_ms)) == [task for task, status in states if status not in TERMINAL]
        for api_key in KEYS:
            created = [task.created_at_ms for task in own.tasks if task.api_key == api_key]
            assert list(usage.created_since(api_key, now_ms - 100)) == [at for at in created if at > now_ms - 100]

    @rule(name=A_NAME)
    def usage(self, name: str) -> None:
        found, own = self.run(self.store.usage(name)), self.owned.get(name)
        assert (found is None) == (own is None)
        if found is not None and own is not None:
            self.check_usage(own, found)

    @precondition(lambda self: any(own.tasks for own in self.owned.values()))
    @rule(data=st.data(), kind=st.sampled_from(["cancel", "outcome", "hold", "release"]))
    def operate(self, data: st.DataObject, kind: Literal["cancel", "outcome", "hold", "release"]) -> None:
        name = data.draw(st.sampled_from([name for name, own in self.owned.items() if own.tasks]))
        own = self.owned[name]
        index = data.draw(st.integers(0, len(own.tasks) - 1))
        event = OperatorEvent(self.now_ms(own), kind, "failed" if kind == "outcome" else None)
        changed = self.run(self.store.change_task(name, own.tasks[index].task_id, partial(append, event)))
        assert changed == append(event, own.tasks[index])
        if isinstance(changed, Task):
            own.tasks[index] = changed

    @rule(name=A_NAME, url=st.sampled_from(URLS), content=st.none() | st.sampled_from(list(FILES.values())))
    def put_media(self, name: str, url: str, content: bytes | None) -> None:
        digest = None if content is None else content.decode()[:3]
        media = Registered(url, MediaFacts("image", "stated", digest=digest), content)
        own = self.owned.get(name)
        done = self.run(self.store.put_media(name, media))
        if own is None:
            assert done is None
            return
        assert done == (content is None or self.has_room(own, content))
        if done:
            own.media[url] = media
            if content is not None and digest is not None:
                own.blobs[digest] = content

    def has_room(self, own: Belongings, content: bytes) -> bool:
        return sum(map(len, own.files() | {content})) <= MEDIA_BYTES

    @rule(name=A_NAME, digest=st.sampled_from(list(FILES)))
    def put_blob(self, name: str, digest: str) -> None:
        self.run(self.store.put_blob(name, digest, FILES[digest]))
        if name in self.owned and self.has_room(self.owned[name], FILES[digest]):
            self.owned[name].blobs[digest] = FILES[digest]

    @rule(name=A_NAME, size=st.sampled_from([0, 10_000, 30_000]))
    def append_exchange(self, name: str, size: int) -> None:
        self.exchanges += 1
        made = exchange(f"ex_{self.exchanges}", size)
        if name in self.owned:
            self.run(self.store.append(name, made))
            self.owned[name].journal.append(made)

    @rule(name=A_NAME)
    def clear_journal(self, name: str) -> None:
        if name in self.owned:
            self.run(self.store.clear_journal(name))
            self.owned[name].cleared = len(self.owned[name].journal)

    @rule(name=A_NAME, snapshot_id=A_SNAPSHOT)
    def snapshot(self, name: str, snapshot_id: str) -> None:
        own = self.owned.get(name)
        done = self.run(self.store.snapshot(name, snapshot_id, self.wall_ms))
        if own is None:
            assert done is None
            return
        assert done == (len(own.snapshots.keys() - {snapshot_id}) < SNAPSHOT_LIMIT)
        if done:
            clock = own.account.clock.at(self.now_ms(own), self.wall_ms)
            own.snapshots[snapshot_id] = own.copy(replace(own.account, clock=clock))

    @rule(name=A_NAME, snapshot_id=A_SNAPSHOT)
    def drop_snapshot(self, name: str, snapshot_id: str) -> None:
        own = self.owned.get(name)
        expected = None if own is None else own.snapshots.pop(snapshot_id, None) is not None
        assert self.run(self.store.drop_snapshot(name, snapshot_id)) == expected

    @rule(name=A_NAME, snapshot_id=A_SNAPSHOT)
    def restore(self, name: str, snapshot_id: str) -> None:
        own = self.owned.get(name)
        done = self.run(self.store.restore(name, snapshot_id, self.wall_ms))
        if own is None:
            assert done is None
            return
        kept = own.snapshots.get(snapshot_id)
        assert done == (kept is not None)
        if kept is not None:
            clock = kept.account.clock.at(kept.account.clock.anchor_ms, self.wall_ms)
            serial = max(kept.account.serial, own.account.serial)
            back = kept.copy(replace(kept.account, clock=clock, serial=serial))
            own.account = back.account
            own.tasks, own.claims, own.media, own.blobs = back.tasks, back.claims, back.media, back.blobs

    @rule(name=A_NAME, fork=A_NAME, key=A_KEY)
    def fork(self, name: str, fork: str, key: str) -> None:
        own = self.owned.get(name)
        can = own is not None and fork not in self.known and key not in self.keys
        assert self.run(self.store.fork(name, fork, key, self.wall_ms)) == can
        if can and own is not None:
            twin = own.copy(replace(own.account, account_id=fork))
            twin.tasks = [replace(task, account_id=fork) for task in own.tasks]
            self.owned[fork] = twin
            self.known.add(fork)
            self.keys[key] = Key(key, fork)

    def exported(self, name: str) -> list[Belonging]:
        """What leaves, the same from every store."""
        left: list[Belonging] = []
        assert self.run(self.store.export(name, self.wall_ms, left.append)) == (name in self.owned)
        return left

    @rule(name=A_NAME)
    def take_elsewhere(self, name: str) -> None:
        """What any store exports any other adopts, and then exports the same."""
        left = self.exported(name)
        if name not in self.owned:
            assert left == []
            return
        elsewhere = MemoryStore()
        assert self.run(elsewhere.adopt(left, self.wall_ms + 999, replace=False)) == "adopted"
        again: list[Belonging] = []
        assert self.run(elsewhere.export(name, self.wall_ms + 999, again.append))
        assert again == left
        self.kept[name] = (left, self.owned[name].copy(self.owned[name].account), self.wall_ms)
        self.kept[name][1].snapshots = dict(self.owned[name].snapshots)
        self.kept_keys[name] = {text: key for text, key in self.keys.items() if key.account_id == name}

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), may_replace=st.booleans())
    def bring_back(self, data: st.DataObject, may_replace: bool) -> None:
        """What left some time ago is had again, over whatever became of the account since then."""
        name = data.draw(st.sampled_from(sorted(self.kept)))
        left, then, wall_ms = self.kept[name]
        done = self.run(self.store.adopt(left, self.wall_ms, replace=may_replace))
        keys = self.kept_keys[name]
        if name in self.known and not may_replace:
            assert done == "known"
            return
        if any(self.keys[text].account_id != name for text in keys if text in self.keys):
            assert done == "key_taken"
            return
        assert done == "adopted"
        own = self.owned.get(name)
        clock = then.account.clock.at(then.account.now_ms(wall_ms), self.wall_ms)
        serial = max(then.account.serial, own.account.serial if own else 0)
        back = then.copy(replace(then.account, clock=clock, serial=serial))
        back.snapshots = dict(then.snapshots)
        if own is not None:
            back.in_flight, back.journal, back.cleared = own.in_flight, own.journal, len(own.journal)
        self.owned[name] = back
        for text, key in self.keys.items():
            self.keys[text] = replace(key, state="deleted") if key.account_id == name else key
        self.keys |= keys

    @rule(name=A_NAME)
    def reset(self, name: str) -> None:
        own = self.owned.get(name)
        assert self.run(self.store.reset(name)) == (own is not None)
        if own is not None:
            own.tasks, own.claims, own.cleared = [], {}, len(own.journal)
            own.account = replace(own.account, topups=(), ordinal=0, plan=PlanBook(own.account.plan.base))

    @invariant()
    def everything_is_there(self) -> None:
        self.run(self.check_everything())

    async def check_everything(self) -> None:
        assert await self.store.accounts() == [own.account for own in self.owned.values()]
        for text in KEYS:
            assert await self.store.find_key(text) == self.keys.get(text)
        for name in NAMES:
            own = self.owned.get(name)
            keys = [key for _, key in sorted(self.keys.items()) if key.account_id == name]
            assert await self.store.account(name) == (own and own.account)
            assert await self.store.keys(name) == (keys if own else [])
            assert await self.store.tasks(name) == (own.tasks if own else [])
            assert await self.store.all_media(name) == (list(own.media.values()) if own else [])
            assert {each.snapshot_id for each in await self.store.snapshots(name)} == set(own.snapshots if own else ())
            for digest in FILES:
                assert await self.store.blob(name, digest) == (own.blobs.get(digest) if own else None)
            if own is not None:
                self.check_journal(own, await self.store.exchanges(name, 0))

    def check_journal(self, own: Belongings, page: Page) -> None:
        """The journal holds the latest exchanges, as many as its bounds allow, and counts the others."""
        kept = [each for _, each in page.exchanges]
        assert kept == own.journal[len(own.journal) - len(kept) :]
        assert page.dropped + len(kept) == len(own.journal) - own.cleared
        assert [seq for seq, _ in page.exchanges] == list(range(len(own.journal) - len(kept) + 1, len(own.journal) + 1))
        assert len(kept) <= page.limit == JOURNAL_SIZE
        assert len(kept) <= 1 or sum(each.response.size_bytes for each in kept) <= JOURNAL_BYTES
        assert len(kept) >= min(1, len(own.journal) - own.cleared)

    @rule(name=A_NAME, key=A_KEY)
    def read(self, name: str, key: str) -> None:
        own = self.owned.get(name)
        for task in own.tasks if own else []:
            known = self.keys.get(key)
            home = self.owned.get(known.account_id) if known else None
            theirs = next((each for each in home.tasks if each.task_id == task.task_id), None) if home else None
            expected = Look(known, home.account, theirs, bool(home.media)) if known and home else None
            assert self.run(self.store.read(key, task.task_id)) == expected
            assert self.run(self.store.task(name, task.task_id)) == task


@pytest.mark.clause("C-ACCOUNT", "C-SNAPSHOT", "C-FORK", "C-RESET", "C-JOURNAL")
def test_a_store_does_what_the_book_says(make_store: MakeStore, store_kind: str) -> None:
    """Whatever is done in whatever order, every look finds what the model has, and what the store in memory says."""

    async def make() -> Store:
        store = await make_store()
        return store if store_kind == "memory" else twins(store, MemoryStore(JOURNAL_SIZE, JOURNAL_BYTES, **BOUNDS))

    run_state_machine_as_test(
        lambda: StoreMachine(make),  # type: ignore[arg-type]  # it takes whatever makes a machine
        settings=settings(max_examples=60 if store_kind == "memory" else 10, stateful_step_count=40),
    )
