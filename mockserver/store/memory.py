"""The store in a dict: the default, and the specification the others are held to.

Every verb runs without giving way to another task, so each is atomic; only `settled` and `appended` wait, and what
`export` and `adopt` do in a thread is done to values of their own.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from mockserver.accounts import Account, Key
from mockserver.problems import Problem
from mockserver.records import Exchange, Registered, Task
from mockserver.store import MEDIA_BYTES, SNAPSHOT_LIMIT, Accepted, Claim, Decide, Held, Look, Page
from mockserver.store.belongings import Adoption, Belongings, Saved, Write
from mockserver.store.estate import Estate, gathered, inherit, pour
from mockserver.store.ring import Journal
from mockserver.store.tenant import Tenant, resumed, stopped
from mockserver.store.usage import Tally

REMEMBERED = 10_000
"""Accounts that were forgotten last, whose ids and keys stay dead; of those before nothing is known any more."""


class MemoryStore:
    """Holds everything in this process; `journal_size` bounds each account's journal, in exchanges."""

    def __init__(
        self,
        journal_size: int = 1000,
        journal_bytes: int = 16 * 2**20,
        remembered: int = REMEMBERED,
        snapshot_limit: int = SNAPSHOT_LIMIT,
        media_bytes: int = MEDIA_BYTES,
    ) -> None:
        self._journal_size = journal_size
        self._journal_bytes = journal_bytes
        self._snapshot_limit = snapshot_limit
        self._media_bytes = media_bytes
        self._keys: dict[str, Key] = {}
        self._tenants: dict[str, Tenant] = {}
        self._remembered = remembered
        self._forgotten: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        """The keys of each."""
        self._server_journal = self._new_journal()

    async def open(self) -> None:
        """It is always ready."""

    async def close(self) -> None:
        """It holds nothing but memory."""

    async def ping(self) -> None:
        """It always answers."""

    def _new_journal(self) -> Journal:
        return Journal(self._journal_size, self._journal_bytes)

    async def find_key(self, key: str) -> Key | None:
        return self._keys.get(key)

    async def open_account(self, account: Account, key: str) -> bool:
        if key in self._keys or account.account_id in self._tenants or account.account_id in self._forgotten:
            return False
        self._tenants[account.account_id] = Tenant(account, self._new_journal())
        await self.put_key(Key(key, account.account_id))
        return True

    async def account(self, account_id: str) -> Account | None:
        tenant = self._tenants.get(account_id)
        return tenant.account if tenant else None

    async def accounts(self) -> list[Account]:
        return [tenant.account for tenant in self._tenants.values()]

    async def change_account(
        self, account_id: str, change: Callable[[Account], Account | Problem]
    ) -> Account | Problem | None:
        tenant = self._tenants.get(account_id)
        if tenant is None:
            return None
        changed = change(tenant.account)
        if isinstance(changed, Account):
            tenant.set_account(changed)
        return changed

    async def forget(self, account_id: str) -> bool:
        tenant = self._tenants.pop(account_id, None)
        if tenant is None:
            return False
        self._forgotten[account_id] = tuple(tenant.keys)
        for key in tenant.keys:
            self._keys[key] = replace(self._keys[key], state="deleted")
        if len(self._forgotten) > self._remembered:
            for key in self._forgotten.popitem(last=False)[1]:
                del self._keys[key]
        for idempotency_key in list(tenant.in_flight):
            tenant.land(idempotency_key)
        return True

    async def keys(self, account_id: str) -> list[Key]:
        tenant = self._tenants.get(account_id)
        return [self._keys[key] for key in sorted(tenant.keys)] if tenant else []

    async def put_key(self, key: Key) -> bool:
        tenant = self._tenants.get(key.account_id)
        if tenant is None:
            return False
        self._keys[key.key] = key
        tenant.keys.add(key.key)
        return True

    async def read(self, api_key: str, task_id: str) -> Look | None:
        key = self._keys.get(api_key)
        tenant = self._tenants.get(key.account_id) if key else None
        if key is None or tenant is None:
            return None
        return Look(key, tenant.account, tenant.tasks.get(task_id), bool(tenant.media))

    async def task(self, account_id: str, task_id: str) -> Task | None:
        tenant = self._tenants.get(account_id)
        return tenant.tasks.get(task_id) if tenant else None

    async def tasks(self, account_id: str) -> list[Task]:
        tenant = self._tenants.get(account_id)
        return list(tenant.tasks.values()) if tenant else []

    async def change_task(
        self, account_id: str, task_id: str, change: Callable[[Task], Task | Problem]
    ) -> Task | Problem | None:
        tenant = self._tenants.get(account_id)
        task = tenant.tasks.get(task_id) if tenant else None
        if tenant is None or task is None:
            return None
        changed = change(task)
        if isinstance(changed, Task):
            tenant.tasks[task_id] = changed
            tenant.tally.replace(changed)
        return changed

    async def usage(self, account_id: str) -> Tally | None:
        tenant = self._tenants.get(account_id)
        return tenant.tally if tenant else None

    async def claim(
        self, account_id: str, idempotency_key: str, alive: Callable[[Claim], bool]
    ) -> Held | Literal["claimed", "in_flight"] | None:
        tenant = self._tenants.get(account_id)
        if tenant is None:
            return None
        claim = tenant.claims.get(idempotency_key)
        if claim is not None and alive(claim):
            return Held(claim, tenant.tasks[claim.task_id])
        if idempotency_key in tenant.in_flight:
            return "in_flight"
        tenant.in_flight[idempotency_key] = None
        return "claimed"

    async def settled(self, account_id: str, idempotency_key: str) -> None:
        tenant = self._tenants.get(account_id)
        if tenant is not None:
            await tenant.landed(idempotency_key)

    async def unclaim(self, account_id: str, idempotency_key: str) -> None:
        tenant = self._tenants.get(account_id)
        if tenant is not None:
            tenant.land(idempotency_key)

    async def commit(self, account_id: str, idempotency_key: str | None, decide: Decide) -> Accepted | Problem | None:
        tenant = self._tenants.get(account_id)
        if tenant is None:
            return None
        made = decide(tenant.account, tenant.tally)
        if isinstance(made, Problem):
            return made
        task = made.task
        tenant.set_account(made.account)
        tenant.tasks[task.task_id] = task
        tenant.tally.add(task)
        if idempotency_key is not None:
            tenant.claims[idempotency_key] = Claim(task.task_id, task.created_at_ms, made.status, made.body)
            tenant.land(idempotency_key)
        return made

    async def put_media(self, account_id: str, media: Registered) -> bool | None:
        tenant = self._tenants.get(account_id)
        return tenant.put_media(media, self._media_bytes) if tenant else None

    async def media(self, account_id: str, url: str) -> Registered | None:
        tenant = self._tenants.get(account_id)
        return tenant.media.get(url) if tenant else None

    async def all_media(self, account_id: str) -> list[Registered]:
        tenant = self._tenants.get(account_id)
        return list(tenant.media.values()) if tenant else []

    async def put_blob(self, account_id: str, digest: str, content: bytes) -> None:
        tenant = self._tenants.get(account_id)
        if tenant is not None and tenant.has_room(content, self._media_bytes):
            tenant.blobs[digest] = content

    async def blob(self, account_id: str, digest: str) -> bytes | None:
        tenant = self._tenants.get(account_id)
        return tenant.blobs.get(digest) if tenant else None

    def _journal(self, account_id: str | None) -> Journal:
        tenant = self._tenants.get(account_id) if account_id else None
        return tenant.journal if tenant else self._server_journal

    async def append(self, account_id: str | None, exchange: Exchange) -> None:
        self._journal(account_id).append(exchange)

    async def exchanges(self, account_id: str | None, after: int) -> Page:
        journal = self._journal(account_id)
        return Page(list(journal.after(after)), journal.limit, journal.dropped)

    async def appended(self, account_id: str | None, after: int, wait_s: float) -> None:
        journal = self._journal(account_id)
        if (journal.ring or journal.fresh) and journal.seq > after:
            return
        try:
            async with asyncio.timeout(wait_s):
                await journal.wait()
        except TimeoutError:
            return

    async def clear_journal(self, account_id: str | None) -> None:
        self._journal(account_id).clear()

    async def exchange(self, exchange_id: str) -> tuple[str | None, Exchange] | None:
        homes: list[tuple[str | None, Journal]] = [(name, tenant.journal) for name, tenant in self._tenants.items()]
        for account_id, journal in [*homes, (None, self._server_journal)]:
            exchange = journal.find(exchange_id)
            if exchange is not None:
                return account_id, exchange
        return None

    async def snapshot(self, account_id: str, snapshot_id: str, wall_ms: int) -> bool | None:
        tenant = self._tenants.get(account_id)
        if tenant is None:
            return None
        if len(tenant.snapshots.keys() - {snapshot_id}) >= self._snapshot_limit:
            return False
        tenant.snapshots[snapshot_id] = tenant.copy(stopped(tenant.account, wall_ms))
        return True

    async def snapshots(self, account_id: str) -> list[Saved]:
        tenant = self._tenants.get(account_id)
        return tenant.saved() if tenant else []

    async def drop_snapshot(self, account_id: str, snapshot_id: str) -> bool | None:
        tenant = self._tenants.get(account_id)
        return None if tenant is None else tenant.snapshots.pop(snapshot_id, None) is not None

    async def restore(self, account_id: str, snapshot_id: str, wall_ms: int) -> bool | None:
        tenant = self._tenants.get(account_id)
        if tenant is None:
            return None
        saved = tenant.snapshots.get(snapshot_id)
        if saved is None:
            return False
        tenant.take_over(saved, resumed(saved.account, tenant.account.serial, wall_ms))
        return True

    async def fork(self, account_id: str, fork_id: str, key: str, wall_ms: int) -> bool:
        tenant = self._tenants.get(account_id)
        if tenant is None or not await self.open_account(replace(tenant.account, account_id=fork_id), key):
            return False
        self._tenants[fork_id].branch(tenant)
        return True

    async def reset(self, account_id: str) -> bool:
        tenant = self._tenants.get(account_id)
        if tenant is None:
            return False
        account = replace(tenant.account, topups=(), faults=(), ordinal=0, plan=replace(tenant.account.plan, queue=()))
        tenant.take_over(Tenant(account, tenant.journal, media=tenant.media, blobs=tenant.blobs), account)
        tenant.journal.clear()
        return True

    async def export(self, account_id: str, wall_ms: int, write: Write) -> bool:
        tenant = self._tenants.get(account_id)
        if tenant is None:
            return False
        await asyncio.to_thread(pour, Estate.of(tenant, await self.keys(account_id), wall_ms), write)
        return True

    async def adopt(self, belongings: Belongings, wall_ms: int, *, replace: bool) -> Adoption:
        estate = await asyncio.to_thread(gathered, belongings)
        account_id = estate.account.account_id
        if not replace and (account_id in self._tenants or account_id in self._forgotten):
            return "known"
        if any(self._keys.get(key.key, key).account_id != account_id for key in estate.keys):
            return "key_taken"
        self._forgotten.pop(account_id, None)
        tenant = self._tenants.setdefault(account_id, Tenant(estate.account, self._new_journal()))
        inherit(tenant, estate, self._keys, wall_ms)
        return "adopted"
