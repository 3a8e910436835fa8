"""How a client is run, whatever it is written in: as a command, a worker or a Python function (HARNESS.md §1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contracts.run import Hints, Report


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a client: where the API is, whose key it has, and what it is to do.

    `request` is `{"model", "input"}`; `limit_s` is the wall time after which the run counts as hung and is ended.
    """

    base_url: str
    api_key: str
    request: Mapping[str, Any]
    hints: Hints
    limit_s: float


class Client(Protocol):
    """A client that can be run. Whatever it does, each call comes back as a `Report`."""

    def run(self, calls: Sequence[Call]) -> list[Report]:
        """Run all of them at once; one report for each, in order, `started_at_ms` and `ended_at_ms` on the wall."""
        ...

    def close(self) -> None:
        """Leave nothing behind: no process, no thread, no file."""
        ...
