"""A create that is slower than its lease, through the whole of it: it ends as a replay of whoever was quicker."""

import asyncio
import json
from functools import partial

import asyncpg
import pytest

from mockserver.settings import Settings
from mockserver.store import Accepted
from mockserver.store.sql import SqlStore
from tests.asgi import Caller, kling
from tests.mockserver.store.conftest import emptied
from tests.mockserver.store.values import decide


@pytest.mark.clause("D-IDEM-REPLAY", "A-IDEM-IN-FLIGHT")
async def test_a_create_that_lost_its_key_replays(postgresql_url: str) -> None:
    """It is kept from its account's row until another replica has taken its key."""
    await emptied(postgresql_url)
    slow, quick = Caller(Settings(), SqlStore(postgresql_url, lease_s=-1)), SqlStore(postgresql_url)
    ours = (await slow.account()).account_id
    blocker = await asyncpg.connect(postgresql_url)
    async with blocker.transaction():
        await blocker.execute("SELECT 1 FROM accounts WHERE account_id = $1 FOR UPDATE", ours)
        creating = asyncio.ensure_future(slow.create(idempotency_key="k"))
        while not await blocker.fetchval("SELECT count(*) FROM claims"):
            await asyncio.wait([creating], timeout=0.01)
        assert await quick.claim(ours, "k", lambda _: True) == "claimed"
    made = await quick.commit(ours, "k", partial(decide, key="k", body=json.dumps(kling()).encode()))
    assert isinstance(made, Accepted)
    reply = await asyncio.wait_for(creating, 20)
    assert (reply.status, reply.json["task_id"]) == (200, made.task.task_id)
    assert await slow.task_count() == 1
    await blocker.close()
    await slow.app.close()
    await quick.close()
