"""The table of faults: name, class and operations of each, and how a rule's parameters become one (HARNESS.md §2).

Class L is legal under the API, I infrastructure (always fair), H hostile.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any, Literal, Protocol

from mockserver.faults.call import Call
from mockserver.records import Plan

Class = Literal["L", "I", "H"]
REQUESTS = ("create", "read", "events", "download", "any")
CREATE = ("create",)
READ = ("read",)
TASK = ("task",)


class Fault(Protocol):
    """Spoils the exchange it is called with."""

    def __call__(self, call: Call) -> Awaitable[None]: ...


class Reshaper(Protocol):
    """Changes how the next created task will go."""

    def reshape(self, plan: Plan) -> Plan: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. The module of a fault is named after it, and its class is the name in camel case.

    `on` lists what a rule may be set on, its default first; `times` is how often a rule fires if it does not
    say; one that `waits` is for the next created task alone.
    """

    name: str
    kind: Class
    on: tuple[str, ...]
    times: int | None = 1
    waits: bool = False

    def type(self) -> Callable[..., Any]:
        """The fault's class, imported on first use."""
        name = "".join(part.capitalize() for part in self.name.split("_"))
        made: Callable[..., Any] = getattr(import_module(f"mockserver.faults.{self.name}"), name)
        return made

    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters."""
        return tuple(field.name for field in fields(self.type()))  # type: ignore[arg-type]

    def build(self, parameters: Mapping[str, object]) -> Any:
        """The fault with these parameters.

        Raises:
            ValueError: naming the parameter that is out of bounds.
            TypeError: for one that it does not have.
        """
        return self.type()(**parameters)


_ANY = ("any", "create", "read", "events", "download")

TABLE: dict[str, Row] = {
    row.name: row
    for row in (
        Row("status", "L", _ANY),
        Row("lost_request", "I", _ANY),
        Row("lost_response", "I", ("create", "read", "events", "download", "any")),
        Row("close", "I", _ANY),
        Row("stall", "I", _ANY),
        Row("drip", "I", _ANY),
        Row("truncate", "I", _ANY),
        Row("garbage", "I", _ANY),
        Row("gateway_html", "I", _ANY),
        Row("slice", "I", _ANY),
        Row("latency", "I", _ANY),
        Row("refuse", "I", _ANY),
        Row("odd_retry_after", "H", _ANY),
        Row("extra_fields", "L", _ANY),
        Row("reordered_fields", "L", _ANY),
        Row("null_fields", "L", _ANY),
        Row("create_code", "L", CREATE),
        Row("skip_states", "L", TASK),
        Row("terminal_at_create", "L", TASK),
        Row("stale_read", "I", READ),
        Row("read_lag_404", "I", READ, waits=True),
        Row("unknown_status", "L", READ),
        Row("ends", "L", TASK),
        Row("stuck", "L", TASK),
        Row("no_output", "H", TASK),
        Row("replay_view", "L", CREATE),
        Row("conflict", "L", CREATE),
        Row("key_revoked", "L", _ANY, times=None),
        Row("no_balance", "L", CREATE),
        Row("rejected", "L", CREATE),
        Row("rate_limited", "L", CREATE),
        Row("concurrency_limited", "L", CREATE),
        Row("redirect", "I", _ANY),
        Row("output", "I", ("download",)),
    )
}
