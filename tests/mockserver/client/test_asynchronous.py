"""The awaited clients do what the blocking ones do."""

import asyncio
import inspect
from collections.abc import AsyncIterator

import pytest

from mockserver.client import Account, AsyncAccount, AsyncClock, AsyncControlClient, Clock, ControlClient
from mockserver.server import Server
from tests.requests import create


@pytest.fixture
async def control() -> AsyncIterator[AsyncControlClient]:
    """The control plane of a server."""
    with Server() as server:
        yield server.async_control


@pytest.mark.parametrize(
    ("blocking", "awaited"), [(Account, AsyncAccount), (Clock, AsyncClock), (ControlClient, AsyncControlClient)]
)
def test_nothing_is_missing(blocking: type, awaited: type) -> None:
    """Whatever the blocking client can do, the other can, and says so in the same words."""
    calls = {name: call for name, call in inspect.getmembers(blocking, inspect.isfunction) if not name.startswith("_")}
    for name in calls.keys() - {"url"}:
        assert inspect.iscoroutinefunction(getattr(awaited, name)), name
        assert inspect.getdoc(getattr(awaited, name))


async def test_a_whole_task(control: AsyncControlClient) -> None:
    """An account, a task, time that passes, a fork, an end."""
    account = await control.new_account(balance=1, clock={"mode": "frozen"})
    assert await control.is_healthy()
    task_id = await asyncio.to_thread(create, account)
    state = await account.clock.advance(until_task=task_id)
    assert state["mode"] == "frozen"
    assert (await account.task(task_id))["status"] == "succeeded"
    fork = await account.fork()
    assert fork.account != account.account
    assert (await control.account(fork.key)).account == fork.account
    await account.forget()
    assert account.account not in [each["account"] for each in await control.accounts()]


async def test_the_loop_goes_on(control: AsyncControlClient) -> None:
    """Calls run side by side: one that waits does not keep the next from being answered."""
    account = await control.new_account()
    waiting = asyncio.ensure_future(account.journal(wait_s=30))
    await asyncio.to_thread(create, account)
    assert [each["method"] for each in await waiting] == ["POST"]
