"""The same clients for asyncio: each call runs in a thread, so that the event loop goes on."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from mockserver.client.account import Account, Clock
from mockserver.client.control import ControlClient
from mockserver.client.transport import TIMEOUT_S

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Blocking = TypeVar("Blocking", covariant=True)


class Wrapper(Protocol[Blocking]):
    """Something that does its work by a blocking twin."""

    @property
    def blocking(self) -> Blocking: ...


def threaded(
    method: Callable[Concatenate[Blocking, Arguments], Result],
) -> Callable[Concatenate[Wrapper[Blocking], Arguments], Coroutine[Any, Any, Result]]:
    """The method of the blocking twin, to be awaited."""

    async def call(self: Wrapper[Blocking], /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return await asyncio.to_thread(method, self.blocking, *args, **kwargs)

    call.__doc__, call.__name__ = method.__doc__, method.__name__
    return call


@dataclass(frozen=True, slots=True)
class AsyncClock:
    """`Clock`, to be awaited."""

    blocking: Clock

    read = threaded(Clock.read)
    set = threaded(Clock.set)
    freeze = threaded(Clock.freeze)
    auto = threaded(Clock.auto)
    run = threaded(Clock.run)
    advance = threaded(Clock.advance)


@dataclass(frozen=True, slots=True)
class AsyncAccount:
    """`Account`, to be awaited."""

    blocking: Account

    @property
    def account(self) -> str:
        return self.blocking.account

    @property
    def key(self) -> str:
        return self.blocking.key

    @property
    def base_url(self) -> str:
        return self.blocking.base_url

    @property
    def clock(self) -> AsyncClock:
        return AsyncClock(self.blocking.clock)

    journal = threaded(Account.journal)
    clear_journal = threaded(Account.clear_journal)
    ledger = threaded(Account.ledger)
    balance = threaded(Account.balance)
    topup = threaded(Account.topup)
    plan = threaded(Account.plan)
    fault = threaded(Account.fault)
    faults = threaded(Account.faults)
    clear_faults = threaded(Account.clear_faults)
    dialect = threaded(Account.dialect)
    tasks = threaded(Account.tasks)
    task = threaded(Account.task)
    cancel = threaded(Account.cancel)
    hold = threaded(Account.hold)
    release = threaded(Account.release)
    outcome = threaded(Account.outcome)
    media = threaded(Account.media)
    all_media = threaded(Account.all_media)
    state = threaded(Account.state)
    add_key = threaded(Account.add_key)
    disable_key = threaded(Account.disable_key)
    enable_key = threaded(Account.enable_key)
    delete_key = threaded(Account.delete_key)
    snapshot = threaded(Account.snapshot)
    snapshots = threaded(Account.snapshots)
    delete_snapshot = threaded(Account.delete_snapshot)
    export = threaded(Account.export)
    restore = threaded(Account.restore)
    reset = threaded(Account.reset)
    forget = threaded(Account.forget)

    async def fork(self) -> "AsyncAccount":
        """A new account with the same tasks, money and time; nothing is shared afterwards."""
        return AsyncAccount(await asyncio.to_thread(self.blocking.fork))


@dataclass(frozen=True, slots=True)
class AsyncControlClient:
    """`ControlClient`, to be awaited."""

    base_url: str
    admin_token: str | None = field(default=None, repr=False)
    timeout_s: float = TIMEOUT_S

    @property
    def blocking(self) -> ControlClient:
        return ControlClient(self.base_url, self.admin_token, self.timeout_s)

    is_healthy = threaded(ControlClient.is_healthy)
    accounts = threaded(ControlClient.accounts)
    import_accounts = threaded(ControlClient.import_accounts)
    journal = threaded(ControlClient.journal)
    explain = threaded(ControlClient.explain)
    _new_account = threaded(ControlClient.new_account)

    async def new_account(
        self,
        *,
        balance: float | Decimal | None = None,
        seed: int | None = None,
        dialect: Mapping[str, object] | None = None,
        clock: Mapping[str, object] | None = None,
        plan: Mapping[str, object] | None = None,
        faults: Sequence[Mapping[str, object]] | None = None,
    ) -> AsyncAccount:
        """A fresh isolated account; what is left out is as the server's settings say."""
        made = self._new_account(balance=balance, seed=seed, dialect=dialect, clock=clock, plan=plan, faults=faults)
        return AsyncAccount(await made)

    async def account(self, name: str) -> AsyncAccount:
        """The account of that id, or of that key."""
        return AsyncAccount(await asyncio.to_thread(self.blocking.account, name))
