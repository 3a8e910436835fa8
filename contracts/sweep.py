"""The lives that are run before any are drawn: calm ones, every single fault once, and pairs around the commit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from contracts.lives import FaultAt, Life, LogicalTask, Operation
from contracts.storms import Scale, single
from mockserver import models

DEFAULT_MODEL = "kling-v3-motion-control"
REQUESTS: tuple[Operation, ...] = ("create", "read")
ROWS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("status", {"code": 503}),
    ("lost_request", {}),
    ("odd_retry_after", {"value": "0.001"}),
)
ENVELOPES = ("flat", "detail", "problem")


def task_of(model: str, scale: Scale, **plan: Any) -> LogicalTask:
    """The model's documented example, long enough to be seen queued, and thrice processing."""
    found = models.get(model)
    assert found is not None, model
    given = dict(found.example_input)
    return LogicalTask(model, given, **({"queued_s": scale.poll_s, "processing_s": 3 * scale.poll_s} | plan))


def calm(task: LogicalTask, scale: Scale) -> Iterator[Life]:
    """Lives without faults: each end, quick and slow, several at once, and equal ones at once."""
    yield Life((task,))
    for outcome in ("failed", "cancelled"):
        yield Life((replace(task, outcome=outcome, code="content_policy" if outcome == "failed" else None),))
    yield Life((replace(task, queued_s=0, processing_s=0),))
    yield Life((replace(task, queued_s=0, processing_s=scale.poll_s),))
    yield Life((task,), twin=True)
    yield Life((replace(task, queued_s=0, processing_s=0),), twin=True)
    yield Life((task, replace(task, processing_s=scale.poll_s, outcome="failed"), task), seed=1)


def faults(task: LogicalTask, used: frozenset[str], scale: Scale) -> Iterator[Life]:
    """Each single fault; on polls also in the middle of the wait, for what is only seen there."""
    for fault in single(used, scale):
        yield Life((task,), (fault,))
        if fault.operation == "read" and fault.name in ("stale_read", "unknown_status", "status", "gateway_html"):
            yield Life((task,), (replace(fault, attempt=3),))
    yield from _rows(task, scale)
    yield from _envelopes(task)


def _rows(task: LogicalTask, scale: Scale) -> Iterator[Life]:
    """The same again and again, and for ever."""
    for operation, times, (name, parameters) in product(REQUESTS, (2, 4, None), ROWS):
        yield Life((task,), (FaultAt(name, operation, times=times, parameters=parameters),))
    yield Life((task,), (FaultAt("read_lag_404", "read", times=2),))
    yield Life((task,), (FaultAt("key_revoked", "read", attempt=2, times=None),))
    yield Life((task,), (FaultAt("conflict", "create", times=2),))
    yield Life((task,), (FaultAt("extra_fields", "create"), FaultAt("extra_fields", "read", times=None)))
    yield Life((task,), (FaultAt("null_fields", "create"), FaultAt("null_fields", "read", times=None)))


def _envelopes(task: LogicalTask) -> Iterator[Life]:
    """Errors in another envelope."""
    for envelope in ENVELOPES:
        dialect: Mapping[str, Any] = {"error_envelope": envelope}
        for fault in (
            FaultAt("rejected", "create"),
            FaultAt("status", "create", parameters={"code": 503}),
            FaultAt("no_balance", "create"),
            FaultAt("conflict", "create"),
            FaultAt("read_lag_404", "read"),
        ):
            yield Life((task,), (fault,), dialect=dialect)


def _at_commit(scale: Scale) -> list[FaultAt]:
    """What leaves a client in doubt whether its create was carried out."""
    return [
        FaultAt("lost_response", "create"),
        FaultAt("status", "create", parameters={"code": 503, "phase": "after"}),
        FaultAt("close", "create", parameters={"phase": "after"}),
        FaultAt("truncate", "create", parameters={"bytes": 40}),
        FaultAt("garbage", "create", parameters={"kind": "json"}),
        FaultAt("stall", "create", parameters={"seconds": scale.stall_s, "phase": "before_headers"}),
    ]


def _next(scale: Scale) -> list[FaultAt]:
    """What it may meet when it asks again, or afterwards."""
    return [
        FaultAt("lost_response", "create", attempt=2),
        FaultAt("lost_request", "create", attempt=2),
        FaultAt("status", "create", attempt=2, parameters={"code": 503}),
        FaultAt("status", "create", attempt=2, parameters={"code": 429, "retry_after": scale.retry_after_s}),
        FaultAt("conflict", "create", attempt=2, parameters={"kind": "in_flight"}),
        FaultAt("create_code", "create", attempt=2, parameters={"code": 202}),
        FaultAt("replay_view", "create", attempt=2, parameters={"view": "original", "code": 200, "marker": True}),
        FaultAt("read_lag_404", "read"),
        FaultAt("status", "read", parameters={"code": 503}),
        FaultAt("terminal_at_create", "task"),
        FaultAt("ends", "task", parameters={"outcome": "failed", "code": "content_policy"}),
    ]


def pairs(task: LogicalTask, scale: Scale) -> Iterator[Life]:
    """Two faults around the commit of a create."""
    for first, second in product(_at_commit(scale), _next(scale)):
        yield Life((task,), (first, second))


def readings(task: LogicalTask, scale: Scale, dialects: Sequence[Mapping[str, Any]]) -> Iterator[Life]:
    """Under each reading of the page: calm lives, and the faults that bring its variants out."""
    for dialect in dialects:
        for life in calm(task, scale):
            yield replace(life, dialect=dialect)
        for faults in (
            (FaultAt("lost_response", "create"),),
            (FaultAt("status", "create", parameters={"code": 503, "phase": "after"}),),
            (FaultAt("status", "create", parameters={"code": 429, "retry_after": scale.retry_after_s}),),
            (FaultAt("conflict", "create"),),
            (FaultAt("rejected", "create"),),
            (FaultAt("key_revoked", "read", times=None),),
            (FaultAt("read_lag_404", "read"),),
        ):
            yield Life((task,), faults, dialect)
