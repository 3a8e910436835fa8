"""What one run of a client left behind: its reports, the server's journal, ledger and tasks. What obligations judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Word = Literal["succeeded", "failed", "cancelled", "rejected", "gave_up", "crashed", "hung", "unreadable"]
"""What a client reports; the last three are the harness' own words for a client that reported nothing usable."""


@dataclass(frozen=True, slots=True)
class Report:
    """The end of one client run. `detail` says in a sentence what was wrong where `outcome` is a word of ours."""

    outcome: Word
    task_id: str | None = None
    urls: tuple[str, ...] = ()
    http_status: int | None = None
    message: str | None = None
    size_bytes: int | None = None
    detail: str = ""
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    started_at_ms: int = 0
    ended_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """What the client claims about itself; obligations at level P are judged only against a claim (HARNESS.md §1)."""

    sends_idempotency_key: bool = True
    max_attempts: int | None = None
    request_timeout_s: float | None = None
    deadline_s: float | None = None
    poll_interval_s: tuple[float, float] | None = None
    downloads: bool = False
    retries_create: bool = True


@dataclass(frozen=True, slots=True)
class Hints:
    """The environment a client is given; what the profile does not claim is judged by these.

    `startup_s` is no hint to the client: what its start may cost on top of a deadline, more for `java File.java`.
    """

    poll_interval_s: float = 2
    backoff_base_s: float = 0.5
    request_timeout_s: float = 10
    deadline_s: float = 600
    startup_s: float = 5


@dataclass(frozen=True)
class Exchange:
    """One request as the server saw it. `task` is the logical task (by nonce or by task id), None if it has none.

    Times are on the account's clock, which is the client's under virtual time. `fault` is the fault it met.
    `duration_ms` is real time (and does not move a virtual clock), multiplied where the client's time is compressed.
    Bodies are as the journal keeps them: keys are redacted, and what is over 64 KiB is cut.
    """

    seq: int
    at_ms: int
    operation: Literal["create", "read", "events", "download", "none"]
    task: int | None
    method: str
    path: str
    status: int | None
    task_id: str | None
    idempotency_key: str | None
    fault: str | None
    duration_ms: float
    request_headers: Sequence[tuple[str, str]]
    request_body: bytes
    response_headers: Sequence[tuple[str, str]]
    response_body: bytes
    origin: Literal["api", "output", "other"] = "api"
    query: str = ""

    def header(self, name: str) -> str | None:
        """The last request header of that name."""
        return next((value for key, value in reversed(self.request_headers) if key.lower() == name.lower()), None)

    def answered(self, name: str) -> list[str]:
        """All response headers of that name."""
        return [value for key, value in self.response_headers if key.lower() == name.lower()]

    @property
    def whole(self) -> bool:
        """Whether all that was announced of the answer was sent; what came of it is another matter."""
        announced = self.answered("content-length")
        return self.status is not None and (not announced or len(self.response_body) >= int(announced[-1]))


@dataclass(frozen=True)
class Run:
    """Everything a judge may look at. `tasks` are the server's full records, `ledger` its entries, as JSON."""

    life: Any
    profile: Profile
    hints: Hints
    api_key: str
    reports: Sequence[Report]
    exchanges: Sequence[Exchange]
    tasks: Sequence[Mapping[str, Any]]
    ledger: Mapping[str, Any]
    started_at_ms: int
    ended_at_ms: int
    virtual: bool
    other_runs_keys: frozenset[str] = field(default=frozenset())

    @cached_property
    def creates(self) -> dict[int, list[Exchange]]:
        """The creates of each logical task, in order of arrival."""
        return {task: [step for step in steps if step.operation == "create"] for task, steps in self.steps.items()}

    @cached_property
    def reads(self) -> dict[int, list[Exchange]]:
        """The polls of each logical task, in order of arrival."""
        return {task: [step for step in steps if step.operation == "read"] for task, steps in self.steps.items()}

    @cached_property
    def steps(self) -> dict[int, list[Exchange]]:
        """The creates and polls of each logical task that was reported on, in order of arrival."""
        found: dict[int, list[Exchange]] = {index: [] for index in range(len(self.reports))}
        for exchange in sorted(self.exchanges, key=lambda each: (each.at_ms, each.seq)):
            if exchange.operation in ("create", "read") and exchange.task in found:
                found[exchange.task].append(exchange)
        return found
