"""One account of a running server: its key to call the API with, and everything the control plane does to it."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any, Literal, cast

from mockserver.client.shapes import ClockState, Exchange, Json, Ledger, Mode, Outcome, Task, Timing
from mockserver.client.transport import Transport, segment


def given(**members: object) -> Json:
    """The members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Clock:
    """The account's time."""

    transport: Transport = field(repr=False)
    path: str

    def read(self) -> ClockState:
        """How time runs, and what time it is."""
        return cast(ClockState, self.transport.call("GET", self.path))

    @property
    def now(self) -> str:
        """The account's time, ISO 8601 in UTC."""
        return self.read()["now"]

    def set(self, mode: Mode | None = None, *, speed: float | None = None, now: str | None = None) -> ClockState:
        """Change any of the three; a change of mode keeps the time."""
        return cast(ClockState, self.transport.call("PATCH", self.path, given(mode=mode, speed=speed, now=now)))

    def freeze(self, now: str | None = None) -> ClockState:
        """Stop time, at `now` if that is given: then it moves by `advance` only."""
        return self.set("frozen", now=now)

    def auto(self) -> ClockState:
        """Let every poll that finds no news move time to the next change."""
        return self.set("auto")

    def run(self, speed: float = 1) -> ClockState:
        """Let time run, `speed` times as fast as the wall's."""
        return self.set("real", speed=speed)

    def advance(
        self,
        seconds: float | None = None,
        *,
        until: Literal["next", "idle"] | None = None,
        until_task: str | None = None,
    ) -> ClockState:
        """Let time pass: so many seconds, up to the next change of any task, or to the end of all tasks or of one."""
        body = given(seconds=seconds, until=until, until_task=until_task)
        return cast(ClockState, self.transport.call("POST", f"{self.path}/advance", body))


@dataclass(frozen=True, slots=True)
class Account:
    """An isolated tenant. `key` is the API key to send as `Authorization: Bearer`, `base_url` where to send it."""

    transport: Transport = field(repr=False)
    account: str
    key: str

    @property
    def base_url(self) -> str:
        return self.transport.base_url

    @property
    def clock(self) -> Clock:
        return Clock(self.transport, f"{self._path}/clock")

    @property
    def _path(self) -> str:
        return f"/_mock/accounts/{segment(self.account)}"

    def _call(self, method: str, path: str = "", body: object = None) -> Any:
        return self.transport.call(method, f"{self._path}{path}", body)

    def _task(self, task_id: str) -> str:
        return f"/tasks/{segment(task_id)}"

    def journal(
        self,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        task_id: str | None = None,
        idempotency_key: str | None = None,
        after: int | None = None,
        wait_s: float | None = None,
    ) -> list[Exchange]:
        """The exchanges that match exactly, oldest first; with `wait_s` as soon as there is one."""
        filters = given(method=method, path=path, status=status, task_id=task_id, idempotency_key=idempotency_key)
        query = filters | given(after=after, wait_s=wait_s)
        answer = self.transport.call("GET", f"{self._path}/journal", query=query, patience_s=wait_s or 0)
        return cast(list[Exchange], answer["exchanges"])

    def clear_journal(self) -> None:
        """Empty the journal."""
        self._call("DELETE", "/journal")

    def ledger(self) -> Ledger:
        """The balance and every change of it."""
        return cast(Ledger, self._call("GET", "/ledger"))

    def balance(self) -> Decimal:
        """What may still be spent."""
        return Decimal(self.ledger()["balance"])

    def topup(self, amount: float | Decimal) -> Json:
        """Add money; the account's state after it."""
        return cast(Json, self._call("POST", "/topup", {"amount": float(amount)}))

    def plan(
        self,
        timing: Timing | None = None,
        *,
        queued_s: float | None = None,
        processing_s: float | None = None,
        outcome: Outcome | Literal["stuck"] | None = None,
        code: str | None = None,
        message: str | None = None,
        queue: Sequence[Mapping[str, object]] | None = None,
    ) -> Json:
        """How the next tasks will go; with any argument, that is replaced as a whole. `queue`: one entry a task."""
        body = given(timing=timing, queued_s=queued_s, processing_s=processing_s, outcome=outcome, code=code)
        body |= given(message=message, queue=None if queue is None else [dict(entry) for entry in queue])
        return cast(Json, self._call("PUT" if body else "GET", "/plan", body or None))

    def fault(self, name: str, /, **rule: object) -> Json:
        """Set a fault rule: `on`, `times`, `after`, `task`, `attempt`, … and the fault's own parameters."""
        return cast(Json, self._call("POST", "/faults", {"name": name, **rule}))

    def faults(self) -> list[Json]:
        """The rules, with how often each has fired."""
        return cast(list[Json], self._call("GET", "/faults")["faults"])

    def clear_faults(self, fault_id: str | None = None) -> None:
        """Delete one rule, or all of them."""
        self._call("DELETE", "/faults" if fault_id is None else f"/faults/{segment(fault_id)}")

    def dialect(self, /, **changes: object) -> Json:
        """The account's answers to the open questions, after these changes."""
        return cast(Json, self._call("PATCH" if changes else "GET", "/dialect", changes or None))

    def tasks(self, status: str | None = None) -> list[Task]:
        """All tasks, oldest first, or those that are in that status now."""
        found: list[Task] = []
        after: str | None = None
        while True:
            query = given(status=status, after=after)
            page = self.transport.call("GET", f"{self._path}/tasks", query=query)
            found.extend(page["tasks"])
            after = page["next"]
            if after is None:
                return found

    def task(self, task_id: str) -> Task:
        """One task."""
        return cast(Task, self._call("GET", self._task(task_id)))

    def cancel(self, task_id: str) -> Task:
        """End the task now, as cancelled."""
        return cast(Task, self._call("POST", f"{self._task(task_id)}/cancel"))

    def hold(self, task_id: str) -> Task:
        """Stop the task's time in the state it is in."""
        return cast(Task, self._call("POST", f"{self._task(task_id)}/hold"))

    def release(self, task_id: str) -> Task:
        """Let the rest of that state run."""
        return cast(Task, self._call("POST", f"{self._task(task_id)}/release"))

    def outcome(self, task_id: str, outcome: Outcome, *, code: str | None = None, message: str | None = None) -> Task:
        """End the task now, so."""
        body = given(outcome=outcome, code=code, message=message)
        return cast(Task, self._call("POST", f"{self._task(task_id)}/outcome", body))

    def media(self, url: str, facts: Mapping[str, object] | None = None, *, content: bytes | None = None) -> Json:
        """Register what is behind a URL: facts that are believed, or the file itself, which is looked at."""
        encoded = None if content is None else b64encode(content).decode()
        stated = None if facts is None else dict(facts)
        return cast(Json, self._call("PUT", "/media", given(url=url, facts=stated, content_base64=encoded)))

    def all_media(self) -> list[Json]:
        """The URLs that are registered."""
        return cast(list[Json], self._call("GET", "/media")["media"])

    def state(self) -> Json:
        """Keys, money, number of tasks, seed, clock."""
        return cast(Json, self._call("GET"))

    def add_key(self) -> str:
        """One more API key."""
        return cast(str, self._call("POST", "/keys")["key"])

    def disable_key(self, key: str) -> None:
        """Disable an API key of the account."""
        self._call("PATCH", f"/keys/{segment(key)}", {"state": "disabled"})

    def enable_key(self, key: str) -> None:
        """Enable it again."""
        self._call("PATCH", f"/keys/{segment(key)}", {"state": "active"})

    def delete_key(self, key: str) -> None:
        """Delete an API key for ever."""
        self._call("DELETE", f"/keys/{segment(key)}")

    def snapshot(self) -> str:
        """Save everything but keys and journal; the name to go back to it by."""
        return cast(str, self._call("POST", "/snapshot")["snapshot"])

    def snapshots(self) -> list[Json]:
        """The snapshots as they were taken: each with the account's time and number of tasks then."""
        return cast(list[Json], self._call("GET", "/snapshots")["snapshots"])

    def delete_snapshot(self, snapshot: str) -> None:
        """Forget a snapshot."""
        self._call("DELETE", f"/snapshots/{segment(snapshot)}")

    def export(self, file: IO[bytes]) -> None:
        """Write all the account owns but its journal, API keys included, as a snapshot file."""
        self.transport.download(f"{self._path}/export", file)

    def restore(self, snapshot: str) -> None:
        """Go back to a snapshot; again and again, if need be."""
        self._call("POST", "/restore", {"snapshot": snapshot})

    def fork(self) -> "Account":
        """A new account with the same tasks, money and time; nothing is shared afterwards."""
        made = self._call("POST", "/fork")
        return Account(self.transport, made["account"], made["key"])

    def reset(self) -> None:
        """Drop tasks, journal and everything spent; keys, dialect and clock stay."""
        self._call("POST", "/reset")

    def forget(self) -> None:
        """Drop the account; its keys are dead from then on."""
        self._call("DELETE")
