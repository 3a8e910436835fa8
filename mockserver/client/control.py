"""A running server, seen by its control plane."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, cast

from mockserver.client.account import Account, given
from mockserver.client.shapes import Exchange, Json
from mockserver.client.transport import TIMEOUT_S, ControlError, Transport, segment


@dataclass(frozen=True, slots=True)
class ControlClient:
    """`base_url` is that of the server, `admin_token` what it was started with. Holds no connection open."""

    base_url: str
    admin_token: str | None = field(default=None, repr=False)
    timeout_s: float = TIMEOUT_S

    @property
    def _transport(self) -> Transport:
        return Transport(self.base_url.rstrip("/"), self.admin_token, self.timeout_s)

    def url(self, path: str) -> str:
        """The URL of a path such as `/api/v1/tasks`."""
        return f"{self.base_url.rstrip('/')}/{path.removeprefix('/')}"

    def is_healthy(self) -> bool:
        """Whether the server is there and ready."""
        try:
            self._transport.call("GET", "/_mock/health")
        except ControlError:
            return False
        return True

    def new_account(
        self,
        *,
        balance: float | Decimal | None = None,
        seed: int | None = None,
        dialect: Mapping[str, object] | None = None,
        clock: Mapping[str, object] | None = None,
        plan: Mapping[str, object] | None = None,
        faults: Sequence[Mapping[str, object]] | None = None,
    ) -> Account:
        """A fresh isolated account; what is left out is as the server's settings say."""
        money = None if balance is None else float(balance)
        body = given(balance=money, seed=seed, dialect=dialect, clock=clock, plan=plan, faults=faults)
        body |= given(faults=None if faults is None else [dict(rule) for rule in faults])
        made = self._transport.call("POST", "/_mock/accounts", body)
        return Account(self._transport, made["account"], made["key"])

    def account(self, name: str) -> Account:
        """The account of that id, or of that key: under `--keys open` any well-formed key has one."""
        state = self._transport.call("GET", f"/_mock/accounts/{segment(name)}")
        active = [each["key"] for each in state["keys"] if each["state"] == "active"]
        return Account(self._transport, state["account"], name if name in active else next(iter(active), ""))

    def accounts(self) -> list[Json]:
        """Every account: its id, and how many keys, how many tasks and how much money it has."""
        return cast(list[Json], self._transport.call("GET", "/_mock/accounts")["accounts"])

    def import_accounts(self, file: IO[bytes] | Iterable[bytes], *, replace: bool = False) -> list[Json]:
        """Own the accounts of a snapshot file, compressed or not, each whole; those that are here by `replace` only."""
        answer = self._transport.upload(f"/_mock/import?replace={str(replace).lower()}", file)
        return cast(list[Json], answer["accounts"])

    def journal(self, *, after: int | None = None, wait_s: float | None = None) -> list[Exchange]:
        """The exchanges that belong to no account: those with no key, or an unknown one."""
        query = given(after=after, wait_s=wait_s)
        answer = self._transport.call("GET", "/_mock/journal", query=query, patience_s=wait_s or 0)
        return cast(list[Exchange], answer["exchanges"])

    def explain(self, exchange_id: str) -> Json:
        """Why an exchange was answered as it was."""
        return cast(Json, self._transport.call("GET", f"/_mock/explain/{segment(exchange_id)}"))
