"""Waits and budgets. Judged one-sided with a margin: early is wrong, late is not (HARNESS.md §2)."""

from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

from contracts.run import Exchange, Run

MARGIN_MS = 100
DATE_MARGIN_MS = 1000
"""An HTTP-date has whole seconds, and so has the `Date` it is held against."""

PATIENCE = 2
"""How many transient faults in a row are to be endured by a client that claims no `max_attempts`."""

TIGHT = 0.05
"""The share of a hinted interval below which waiting is none."""

RESENT_MS = 50
"""A transport re-sends at once on a connection that was closed under it."""


def _date_ms(text: str) -> int | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _now_ms(exchange: Exchange) -> int:
    """The server's own date in the answer; the account's clock where the journal shows none."""
    dates = [_date_ms(text) for text in exchange.answered("date")]
    return dates[0] if dates and dates[0] is not None else exchange.at_ms


def seconds_floor_ms(exchange: Exchange) -> int | None:
    """The first instant at which `Retry-After` in seconds lets the client come back, margin taken off."""
    values = exchange.answered("retry-after")
    if len(values) != 1 or not values[0].isdecimal() or values[0] == "0":
        return None
    return exchange.at_ms + int(values[0]) * 1000 - MARGIN_MS


def date_floor_ms(exchange: Exchange) -> int | None:
    """The same for an HTTP-date that lies far enough ahead to tell."""
    values = exchange.answered("retry-after")
    until_ms = _date_ms(values[0]) if len(values) == 1 else None
    if until_ms is None:
        return None
    wait_ms = until_ms - _now_ms(exchange) - DATE_MARGIN_MS
    return exchange.at_ms + wait_ms if wait_ms > 0 else None


def floor_ms(exchange: Exchange) -> int | None:
    """The first instant at which a `Retry-After` of either form lets the client come back."""
    seconds = seconds_floor_ms(exchange)
    return date_floor_ms(exchange) if seconds is None else seconds


def shown(at_ms: int, since_ms: int) -> str:
    """A span as it is told to people."""
    return f"{(at_ms - since_ms) / 1000:g} s"


def wait_ms(before: Exchange, after: Exchange) -> float:
    """How long the client waited, answer in hand, before it came back."""
    return after.at_ms - before.at_ms - before.duration_ms


def attempts(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The exchanges without what a transport re-sent by itself: at once, the same bytes under the same key, once."""
    kept: list[Exchange] = []
    is_resent = False
    for each in exchanges:
        is_resent = bool(kept) and not is_resent and _is_resent(kept[-1], each)
        if is_resent:
            kept.pop()
        kept.append(each)
    return kept


def _is_resent(before: Exchange, each: Exchange) -> bool:
    key = each.header("idempotency-key")
    return (
        before.status is None
        and before.fault in ("close", "lost_request", "lost_response")
        and each.at_ms - before.at_ms <= before.duration_ms + RESENT_MS
        and (before.method, before.path, before.request_body) == (each.method, each.path, each.request_body)
        and (each.method == "GET" or (key is not None and key == before.header("idempotency-key")))
    )


def is_tight(waits: Sequence[float], interval_s: float) -> bool:
    """Whether three waits in a row are next to none, and do not grow either."""
    bound = interval_s * 1000 * TIGHT
    windows = zip(waits, waits[1:], waits[2:], strict=False)
    return any(max(each) < bound and each[2] <= 2 * each[0] + 5 for each in windows)


def deadline_s(run: Run) -> float:
    """The client's own; the hint where it claims none."""
    return run.hints.deadline_s if run.profile.deadline_s is None else run.profile.deadline_s


def timeout_ms(run: Run) -> float:
    """How long a single request may last before the client has surely no timeout of its own."""
    claimed = run.profile.request_timeout_s
    return ((run.hints.request_timeout_s if claimed is None else claimed) * 1.5 + 2) * 1000


def spent_ms(run: Run, task: int) -> int:
    """How long the client has run for the task."""
    report = run.reports[task]
    return report.ended_at_ms - (report.started_at_ms or run.started_at_ms)


def latest_ms(run: Run) -> float:
    """How long a client may last: its deadline, and what its start, one poll and one request may cost on top."""
    poll_s = max(run.profile.poll_interval_s or (run.hints.poll_interval_s,))
    request_s = run.hints.request_timeout_s if run.profile.request_timeout_s is None else run.profile.request_timeout_s
    return (deadline_s(run) + run.hints.startup_s + poll_s + request_s) * 1000


def is_out_of_time(run: Run, task: int) -> bool:
    """Whether giving up was right: the deadline was near, or a `Retry-After` led beyond it."""
    almost_ms = deadline_s(run) * 900
    steps = run.steps[task]
    floor = floor_ms(steps[-1]) if steps else None
    began_ms = run.reports[task].started_at_ms or run.started_at_ms
    return spent_ms(run, task) >= almost_ms or (floor is not None and floor - began_ms >= almost_ms)


def patience(run: Run) -> int:
    """How many transient faults in a row on one operation the client is to endure."""
    claimed = run.profile.max_attempts
    return PATIENCE if claimed is None else claimed - 1
