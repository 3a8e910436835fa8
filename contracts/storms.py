"""Which faults lives are made of: every fault of the table in its telling variants, the mildest first.

Waits are sized by what the client claims or is told, so that a stall outlasts any timeout it may have.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.lives import FaultAt, Operation
from contracts.run import Hints
from contracts.staging import ELSEWHERE
from mockserver.faults.table import TABLE

Parameters = Mapping[str, Any]
NO: Parameters = {}

BODY_BYTES = 100
"""Fewer than any answer has."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How long things take, in seconds: by a client's timeout, poll interval and backoff.

    `retry_after_s` and `ahead_s` are waits that no client keeps by chance; an HTTP-date has whole seconds.
    """

    poll_s: float
    stall_s: float
    latency_s: float
    retry_after_s: int
    ahead_s: int
    refuse_s: float

    @classmethod
    def of(cls, hints: Hints) -> "Scale":
        """By what the client is told, which is what it claims."""
        is_slow = hints.poll_interval_s >= 1
        return cls(
            poll_s=hints.poll_interval_s,
            stall_s=hints.request_timeout_s * 1.5 + 3,
            latency_s=min(hints.request_timeout_s / 4, hints.poll_interval_s),
            retry_after_s=7 if is_slow else 2,
            ahead_s=9 if is_slow else 4,
            refuse_s=hints.backoff_base_s / 2,
        )


def variants(name: str, operation: Operation, scale: Scale) -> list[Parameters]:
    """The parameters that a fault is tried with on an operation, mildest first."""
    make = _VARIANTS.get(name)
    return [NO] if make is None else make(operation, scale)


def _status(operation: Operation, scale: Scale) -> list[Parameters]:
    soon, later = scale.retry_after_s, scale.ahead_s
    found: list[Parameters] = [{"code": code} for code in (503, 500, 502, 504, 429)]
    found += [{"code": code, "retry_after": soon} for code in (429, 503)]
    found += [{"code": code, "retry_after_date_in_s": later} for code in (429, 503)]
    found.append({"code": 503, "retry_after": 0})
    if operation == "create":
        found += [{"code": code, "phase": "after"} for code in (503, 500, 504)]
        found.append({"code": 503, "phase": "after", "retry_after": soon})
    return found


def _phases(operation: Operation, scale: Scale) -> list[Parameters]:
    return [{"phase": "before"}, {"phase": "after"}] if operation == "create" else [NO]


def _odd(operation: Operation, scale: Scale) -> list[Parameters]:
    values = ("-1", "1.5", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", "", ["1", "2"], "1000000")
    return [{"value": value, "code": code} for value in values for code in (503, 429)]


def _stall(operation: Operation, scale: Scale) -> list[Parameters]:
    return [{"seconds": scale.stall_s, "phase": phase} for phase in ("before_headers", "after_headers")]


def _views(operation: Operation, scale: Scale) -> list[Parameters]:
    return [
        {"view": view, "code": code, "marker": marker}
        for view, code, marker in (("current", 200, False), ("original", 200, True), ("current", 202, True))
    ]


_VARIANTS: dict[str, Callable[[Operation, Scale], list[Parameters]]] = {
    "status": _status,
    "close": _phases,
    "odd_retry_after": _odd,
    "stall": _stall,
    "replay_view": _views,
    "drip": lambda operation, scale: [{"interval_s": scale.stall_s / BODY_BYTES}],
    "truncate": lambda operation, scale: [{"bytes": 40}, {"bytes": 0}],
    "garbage": lambda operation, scale: [{"kind": kind} for kind in ("json", "bytes", "chunk")],
    "gateway_html": lambda operation, scale: [{"code": 502}, {"code": 200}],
    "latency": lambda operation, scale: [{"seconds": scale.latency_s}],
    "slice": lambda operation, scale: [{"bytes": 16, "interval_s": scale.latency_s / 100}],
    "refuse": lambda operation, scale: [{"seconds": scale.refuse_s}],
    "extra_fields": lambda operation, scale: [{"depth": 1}, {"depth": 3}],
    "create_code": lambda operation, scale: [{"code": 201}, {"code": 202}],
    "unknown_status": lambda operation, scale: [{"status": word} for word in ("moderating", "archived")],
    "ends": lambda operation, scale: [{"outcome": "failed", "code": "content_policy"}, {"outcome": "cancelled"}],
    "conflict": lambda operation, scale: [{"kind": "in_flight"}, {"kind": "mismatch"}],
    "redirect": lambda operation, scale: [
        {"code": 307},
        {"code": 307, "to": ELSEWHERE},
        {"code": 308, "to": ELSEWHERE},
    ],
    "output": lambda operation, scale: [{"kind": kind} for kind in ("expired", "truncated", "wrong_length")],
}


def operations(name: str, used: frozenset[str]) -> list[Operation]:
    """What a fault is set on: what it can be set on, and the client uses."""
    row = TABLE[name]
    known: tuple[Operation, ...] = ("create", "read", "events", "download", "task")
    return [each for each in known if each in row.on and (each in used or each == "task")]


def single(used: frozenset[str], scale: Scale) -> Iterator[FaultAt]:
    """Every fault once, in every variant, on each operation, where it strikes first."""
    for name in TABLE:
        for operation in operations(name, used):
            for parameters in variants(name, operation, scale):
                times = None if name == "key_revoked" else 1
                yield FaultAt(name, operation, times=times, parameters=parameters)
