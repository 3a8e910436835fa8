"""One life against a real server, and the `Run` that came of it, by way of the control plane alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from contracts import staging
from contracts.lives import Life
from contracts.run import Exchange, Hints, Profile, Report, Run
from mockserver import Server
from mockserver.client import Account
from mockserver.client.shapes import Exchange as Recorded

ELSEWHERE = "http://127.0.0.1:9"
"""An origin that nobody is to come to; nothing listens there."""

Outcome = Mapping[str, Any]


def variables(hints: Hints) -> dict[str, str]:
    """The environment that tells a client of the hints."""
    names = ("poll_interval_s", "backoff_base_s", "request_timeout_s", "deadline_s")
    return {f"MINDVIDEO_{name.upper()}": str(getattr(hints, name)) for name in names}


def account_for(server: Server, life: Life, clock: Mapping[str, object]) -> Account:
    """An account in which that life is going to happen, its first task's plan that of all."""
    task = life.tasks[0]
    plan: dict[str, object] = {"queued_s": task.queued_s, "processing_s": task.processing_s, "outcome": task.outcome}
    faults = staging.rules_of(life, ELSEWHERE)
    return server.new_account(balance=1000, dialect=life.dialect, clock=clock, plan=plan, faults=faults)


def live(server: Server, life: Life, hints: Hints, function: Callable[..., Outcome]) -> Run:
    """The function lives it, told of the hints already; its waits take no time, they move the account's clock."""
    account = account_for(server, life, {"mode": "frozen"})

    def sleep(seconds: float) -> None:
        account.clock.advance(seconds)

    (request,) = staging.requests_of(life)
    return gathered(account, life, hints, [function(account.base_url, account.key, request, sleep)])


def gathered(account: Account, life: Life, hints: Hints, outcomes: Sequence[Outcome]) -> Run:
    """What the account saw, and what was reported; the reports are dated by the first and last exchange."""
    exchanges = [_exchange(recorded) for recorded in account.journal()]
    began_ms, ended_ms = exchanges[0].at_ms, max(each.at_ms + round(each.duration_ms) for each in exchanges)
    reports = [replace(_report(each), started_at_ms=began_ms, ended_at_ms=ended_ms) for each in outcomes]
    return Run(
        life=life,
        profile=Profile(),
        hints=hints,
        api_key=account.key,
        reports=reports,
        exchanges=exchanges,
        tasks=account.tasks(),
        ledger=account.ledger(),
        started_at_ms=began_ms,
        ended_at_ms=ended_ms,
        virtual=False,
    )


def _report(outcome: Outcome) -> Report:
    return Report(
        outcome=outcome["outcome"],
        task_id=outcome["task_id"],
        urls=tuple(outcome["urls"]),
        http_status=outcome["http_status"],
        message=outcome["message"],
        size_bytes=outcome.get("bytes"),
    )


def _exchange(recorded: Recorded) -> Exchange:
    operation: Any = recorded["operation"] if recorded["operation"] in ("create", "read", "download") else "none"
    return Exchange(
        seq=recorded["seq"],
        at_ms=round(datetime.fromisoformat(recorded["at"]).timestamp() * 1000),
        operation=operation,
        task=0,
        method=recorded["method"],
        path=recorded["path"],
        status=recorded["status"],
        task_id=recorded["task_id"],
        idempotency_key=recorded["idempotency_key"],
        fault=recorded["fault"],
        duration_ms=recorded["duration_ms"],
        request_headers=recorded["request"]["headers"],
        request_body=(recorded["request"]["body"] or "").encode(),
        response_headers=recorded["response"]["headers"],
        response_body=(recorded["response"]["body"] or "").encode(),
        origin="output" if operation == "download" else "api",
        query=recorded["query"],
    )
