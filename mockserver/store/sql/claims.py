"""Idempotency keys. Who creates under one holds a lease on it: a replica that dies lets go when that runs out.

A claim that is taken over is noticed at the commit, which fails then: so there is one task for a key, whoever was slow.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from sqlalchemy import Connection

from mockserver.clock import token
from mockserver.store import Claim, Held
from mockserver.store.sql import statements
from mockserver.store.sql.database import Database
from mockserver.store.sql.part import Options, Part
from mockserver.store.sql.rows import task_of

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.25
"""How often a create that waits for one on another replica looks whether that has ended."""

State = Held | Literal["claimed", "in_flight"] | None


@dataclass(slots=True)
class Flight:
    """A create of this replica that is in flight under a key."""

    owner: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Claims(Part):
    """Who may create under which key."""

    def __init__(self, database: Database, options: Options) -> None:
        super().__init__(database, options)
        self._lease_ms = round(options.lease_s * 1000)
        self._replica = token()
        self._numbers = count()
        self._flights: dict[tuple[str, str], Flight] = {}

    async def claim(self, account_id: str, idempotency_key: str, alive: Callable[[Claim], bool]) -> State:
        owner = f"{self._replica}{next(self._numbers):x}"
        asked = {"account": account_id, "claimed": idempotency_key}
        lease = {"new_owner": owner, "lease_for_ms": self._lease_ms}

        def take(connection: Connection) -> State:
            state: State | Literal["again"] = "again"
            while state == "again":
                state = _taken(connection, asked, lease, alive)
            return state

        state = await self._change(take)
        if state == "claimed":
            self._flights[account_id, idempotency_key] = Flight(owner)
        return state

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


def _taken(
    connection: Connection, asked: dict[str, Any], lease: dict[str, Any], alive: Callable[[Claim], bool]
) -> State | Literal["again"]:
    """Take the key where it is free; else say who has it, or "again" where that has just changed."""
    if connection.execute(statements.TAKE_CLAIM, asked | lease).first() is not None:
        return "claimed"
    row = connection.execute(statements.LOOK_AT_CLAIM, asked).one_or_none()
    if row is None:
        return None
    task_id, created_ms, status, body, is_in_flight, task_data, task_body = row
    if task_data is not None:
        claim = Claim(task_id, created_ms, status, body)
        if alive(claim):
            return Held(claim, task_of(asked["account"], task_data, task_body))
    if is_in_flight:
        return "in_flight"
    if task_data is None:
        return "again"
    renewed = connection.execute(statements.RENEW_CLAIM, asked | lease | {"task": task_id}).first()
    return "again" if renewed is None else "claimed"
