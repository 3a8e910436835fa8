"""Idempotency keys. Who creates under one holds a lease on it: a replica that dies lets go when that runs out.

A claim that is taken over is noticed at the commit, which fails then: so there is one task for a key, whoever was slow.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Literal

from sqlalchemy import Connection

from mockserver.clock import token
from mockserver.store import Claim, Held
from mockserver.store.sql import statements
from mockserver.store.sql.batch import Batch
from mockserver.store.sql.database import Database
from mockserver.store.sql.part import Options, Part, wanted
from mockserver.store.sql.rows import task_of

MOST = 128
"""Creates that share a step in which they ask for their keys."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.25
"""How often a create that waits for one on another replica looks whether that has ended."""

State = Held | Literal["claimed", "in_flight"] | None


@dataclass(slots=True)
class Flight:
    """A create of this replica that is in flight under a key."""

    owner: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Taking:
    """A create that asks for a key under a name of its own."""

    account_id: str
    idempotency_key: str
    owner: str
    alive: Callable[[Claim], bool]


class Claims(Part):
    """Who may create under which key."""

    def __init__(self, database: Database, options: Options) -> None:
        super().__init__(database, options)
        self._lease_ms = round(options.lease_s * 1000)
        self._replica = token()
        self._numbers = count()
        self._flights: dict[tuple[str, str], Flight] = {}
        self._takes: Batch[Taking, State] = Batch(self._take, MOST)

    async def claim(self, account_id: str, idempotency_key: str, alive: Callable[[Claim], bool]) -> State:
        owner = f"{self._replica}{next(self._numbers):x}"
        state = await self._takes.do(Taking(account_id, idempotency_key, owner, alive))
        if state == "claimed":
            self._flights[account_id, idempotency_key] = Flight(owner)
        return state

    async def _take(self, batch: Sequence[Taking]) -> list[State | Exception]:
        return await self._change(partial(_taken, batch, self._lease_ms))

    async def settled(self, account_id: str, idempotency_key: str) -> None:
        asked = {"account": account_id, "claimed": idempotency_key}

        def is_in_flight(connection: Connection) -> bool:
            return connection.execute(statements.IS_IN_FLIGHT, asked).first() is not None

        pause_s = FIRST_PAUSE_S
        while await self._read(is_in_flight):
            flight = self._flights.get((account_id, idempotency_key)) or Flight("")
            try:
                await asyncio.wait_for(flight.ended.wait(), pause_s)
            except TimeoutError:
                pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)

    async def unclaim(self, account_id: str, idempotency_key: str) -> None:
        flight = self._landed(account_id, idempotency_key)
        if flight is None:
            return
        asked = {"account": account_id, "claimed": idempotency_key, "mine": flight.owner}

        def give_up(connection: Connection) -> None:
            if not connection.execute(statements.DROP_CLAIM, asked).rowcount:
                connection.execute(statements.RELEASE_CLAIM, asked)

        try:
            await self._change(give_up)
        finally:
            flight.ended.set()

    def _owner(self, account_id: str, idempotency_key: str) -> str:
        """Under which name this replica holds the key; "" if it does not."""
        flight = self._flights.get((account_id, idempotency_key))
        return flight.owner if flight else ""

    def _landed(self, account_id: str, idempotency_key: str) -> Flight | None:
        return self._flights.pop((account_id, idempotency_key), None)


def _taken(batch: Sequence[Taking], lease_ms: int, connection: Connection) -> list[State | Exception]:
    """Take all that are free in one step; of those under one key the first is the one that asks."""
    asking = {(each.account_id, each.idempotency_key): each for each in reversed(batch)}
    owners = _owners(connection, asking.values(), lease_ms)
    return ["claimed" if each.owner in owners else _state(connection, each, lease_ms) for each in batch]


def _owners(connection: Connection, asking: Iterable[Taking], lease_ms: int) -> set[str]:
    """Those who got the key they ask for."""
    items = wanted([each.account_id, each.idempotency_key, each.owner] for each in asking)
    return set(connection.execute(statements.TAKE_CLAIMS, items | {"lease_for_ms": lease_ms}).scalars())


def _state(connection: Connection, taking: Taking, lease_ms: int) -> State | Exception:
    """Who has the key that was not to be had; where that has changed meanwhile, one more try."""
    asked = {"account": taking.account_id, "claimed": taking.idempotency_key}
    row = connection.execute(statements.LOOK_AT_CLAIM, asked).one_or_none()
    if row is None:
        return None
    task_id, created_ms, status, body, is_in_flight, task_data, task_body = row
    if task_data is not None:
        claim = Claim(task_id, created_ms, status, body)
        try:
            is_alive = taking.alive(claim)
        except Exception as error:
            return error
        if is_alive:
            return Held(claim, task_of(taking.account_id, task_data, task_body))
    if is_in_flight:
        return "in_flight"
    if task_data is None:
        return "claimed" if _owners(connection, [taking], lease_ms) else "in_flight"
    lease = {"new_owner": taking.owner, "lease_for_ms": lease_ms, "task": task_id}
    renewed = connection.execute(statements.RENEW_CLAIM, asked | lease).first()
    return "in_flight" if renewed is None else "claimed"
