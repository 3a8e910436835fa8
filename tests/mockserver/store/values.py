"""Values to put into a store."""

from dataclasses import replace
from functools import partial

from mockserver.accounts import Account, next_task_id
from mockserver.journal import message
from mockserver.problems import Problem
from mockserver.records import Exchange, Task, Why
from mockserver.settings import Settings
from mockserver.store import Accepted, Claim, Held, Store, Usage
from mockserver.tasks.tenants import new_account
from tests.asgi import START_MS
from tests.strategies import task

REFUSED = Problem("invalid_request", "No.")


def account(name: str = "acct_0") -> Account:
    return replace(new_account(Settings(), name, START_MS), serial=0)


def decide(
    account: Account, _: Usage, *, key: str | None = None, now_ms: int = START_MS, **changes: object
) -> Accepted:
    """Accept a task of the account at `now_ms`."""
    made = task(
        task_id=next_task_id(account),
        account_id=account.account_id,
        created_at_ms=now_ms,
        idempotency_key=key,
        **changes,
    )
    return Accepted(made, account.after_create(account.plan), 200, made.task_id.encode())


async def create(store: Store, name: str = "acct_0", key: str | None = None, now_ms: int = START_MS) -> Task:
    """A task that is created in the store, under a key that nobody holds."""
    if key is not None:
        assert await store.claim(name, key, lambda _: True) == "claimed"
    made = await store.commit(name, key, partial(decide, key=key, now_ms=now_ms))
    assert isinstance(made, Accepted)
    return made.task


def held(task: Task) -> Held:
    """What the store says of the key that made the task."""
    return Held(Claim(task.task_id, task.created_at_ms, 200, task.task_id.encode()), task)


def exchange(name: str, size: int = 0) -> Exchange:
    """An exchange of about that many bytes."""
    empty = message([], b"")
    return Exchange(
        name,
        START_MS,
        "read",
        "GET",
        "/x",
        "",
        200,
        None,
        None,
        None,
        (),
        1,
        message([], bytes(size)),
        empty,
        Why("", ""),
    )
