"""Where accounts are: in a running server, asked through its control plane, or in a database without one."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Protocol, TypeVar

from mockserver.app import store_of
from mockserver.archive.draft import Draft
from mockserver.archive.lines import END, HEADER, BadArchive, read
from mockserver.archive.moving import restore
from mockserver.archive.survey import Summary, parts
from mockserver.cli.options import BadOption
from mockserver.client import Account, ControlClient, ControlError
from mockserver.client.transport import Transport
from mockserver.clock import wall_ms
from mockserver.settings import Settings
from mockserver.store import BadStore, Store, Unavailable

T = TypeVar("T")


class Refused(Exception):
    """One line on what stands against it; the exit code is 1."""


class Place(Protocol):
    """Somewhere accounts can be had from and brought to."""

    def fetch(self, names: Sequence[str], draft: Draft) -> None:
        """Add these accounts, or all there are, to the draft.

        Raises:
            BadOption: if one of them is not there, or nothing is to be had.
        """
        ...

    def bring(self, file: IO[bytes], found: Sequence[Summary], *, replace: bool) -> None:
        """Take in these accounts of a file.

        Raises:
            Refused: if something there stands against it.
            BadOption: if nothing can be brought.
        """
        ...


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    url: str
    admin_token: str | None = field(default=None, repr=False)

    def fetch(self, names: Sequence[str], draft: Draft) -> None:
        try:
            control = ControlClient(self.url, self.admin_token)
            for name in names or [each["account"] for each in control.accounts()]:
                self._fetch(name, draft, must=bool(names))
        except ControlError as error:
            raise self._bad(error) from error
        except BadArchive as error:
            raise BadOption(f"{self.url}: what it sends is no snapshot file ({error})") from error

    def _fetch(self, name: str, draft: Draft, *, must: bool) -> None:
        """One account; without `must`, one that has been forgotten meanwhile is passed over."""
        with TemporaryFile() as file:
            try:
                Account(Transport(self.url.rstrip("/"), self.admin_token), name, "").export(file)
            except ControlError as error:
                if error.status != 404 or must:
                    raise
                return
            for line in read(file):
                if line.kind == "account" and line.value["account_id"] in draft.contained:
                    return  # It was named by its id and by a key.
                if line.kind not in (HEADER, END):
                    draft.add_line(line)

    def bring(self, file: IO[bytes], found: Sequence[Summary], *, replace: bool) -> None:
        with Draft() as draft:
            for _, lines in parts(file, {each.account_id for each in found}):
                for line in lines:
                    draft.add_line(line)
            try:
                ControlClient(self.url, self.admin_token).import_accounts(draft.chunks(), replace=replace)
            except ControlError as error:
                if error.status == 409:
                    raise Refused(error.message) from error
                raise self._bad(error) from error

    def _bad(self, error: ControlError) -> BadOption:
        remedy = {
            None: "start it, or name it by --url, or a database by --store",
            401: "give it by --admin-token",
            404: "name it by its id, or see --url",
        }.get(error.status, "see --url")
        where = "" if error.status is None else f"{self.url}: "
        return BadOption(f"{where}{error.message} ({remedy})")


@dataclass(frozen=True, slots=True)
class Database:
    """What a server keeps its accounts in."""

    url: str = field(repr=False)

    def fetch(self, names: Sequence[str], draft: Draft) -> None:
        path = Path(self.url.removeprefix("sqlite:///"))
        if self.url.startswith("sqlite:") and not path.exists():
            raise BadOption(f"there is no {path}: --store names a database that is there")

        async def work(store: Store) -> None:
            for account_id in await _named(store, names):
                await store.export(account_id, wall_ms(), draft.add)

        self._run(work)

    def bring(self, file: IO[bytes], found: Sequence[Summary], *, replace: bool) -> None:
        async def work(store: Store) -> None:
            problem = await restore(store, file, found, wall_ms(), replace=replace, bounds=None)
            if problem is not None:
                raise Refused(problem.message)

        self._run(work)

    def _run(self, work: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
        async def run() -> T:
            store = store_of(Settings(store=self.url))
            try:
                await store.open()
                return await work(store)
            finally:
                await store.close()

        try:
            return asyncio.run(run())
        except (BadStore, Unavailable) as error:
            raise BadOption(str(error)) from error


async def _named(store: Store, names: Sequence[str]) -> list[str]:
    """The ids of the accounts that are named by id or key; of all, if none is."""
    found = {}
    for name in names:
        key = await store.find_key(name) if name.startswith("mv_") else None
        account = await store.account(key.account_id if key else name)
        if account is None:
            raise BadOption(f"--account: there is no {name if key is None and name[:3] != 'mv_' else 'such key'} there")
        found[account.account_id] = account
    return list(found) if names else [account.account_id for account in await store.accounts()]
