"""Runs made by hand: exchanges from a few words, everything else follows from them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from contracts.lives import FaultAt, Life, LogicalTask
from contracts.obligations.judging import judge
from contracts.run import Exchange, Hints, Profile, Report, Run

Verdict = Literal["fail", "warn", "pass", "untested", "not judged"]
Headers = Sequence[tuple[str, str]]

API_KEY = "mv_live_secret"
HOST = "127.0.0.1:8000"
URL = "http://127.0.0.1:9000/outputs/a/task_1/0.mp4"
PROMPT = "A dancer in the rain [life 0-0]"
SENT = json.dumps({"model": "kling-v3-motion-control", "input": {"prompt": PROMPT}}).encode()
AUTHORIZED = (("Host", HOST), ("Authorization", "Bearer mv_live_***"))
HTML = b"<html><h1>Bad Gateway</h1></html>"
DATE = ("Date", "Mon, 23 Nov 2026 10:00:00 GMT")


def exchange(**given: Any) -> Exchange:
    """An exchange; its `at_ms` is, until it is played, the time since the one before it."""
    defaults: dict[str, Any] = {
        "seq": 0,
        "at_ms": 1000,
        "operation": "none",
        "task": 0,
        "method": "GET",
        "path": "/",
        "status": 200,
        "task_id": None,
        "idempotency_key": None,
        "fault": None,
        "duration_ms": 0.0,
        "request_headers": AUTHORIZED,
        "request_body": b"",
        "response_headers": (),
        "response_body": b"",
    }
    return Exchange(**(defaults | given))


def task_json(status: str, task_id: str | None = "task_1", urls: Sequence[str] = (URL,), **more: Any) -> bytes:
    """What the API says of a task."""
    said: dict[str, Any] = {"request_id": "req_1", "task_id": task_id, "status": status, "cost_estimate": 0.11574}
    if status == "succeeded":
        said["output"] = {"videos": [{"url": url} for url in urls]}
    return json.dumps(said | more).encode()


def error_json(code: str) -> bytes:
    """An error in the default envelope."""
    return json.dumps({"error": {"code": code, "message": "No."}, "request_id": "req_1"}).encode()


def _answer(status: int | None, says: str, task_id: str | None, body: bytes | None) -> bytes:
    if body is not None or status is None:
        return body or b""
    return task_json(says, task_id) if status < 300 else error_json(says)


def create(
    status: int | None = 200,
    says: str = "queued",
    *,
    key: str | None = "key-1",
    task_id: str | None = "",
    after_s: float = 1,
    sent: bytes = SENT,
    body: bytes | None = None,
    announced: int | None = None,
    headers: Headers = (),
    answer: Headers = (),
    **more: Any,
) -> Exchange:
    """A create; with a 2xx it has made `task_1` if nothing else is said. `says`: status, or code of an error."""
    if task_id == "":
        task_id = "task_1" if status is not None and status < 300 else None
    body = _answer(status, says, task_id, body)
    length = ("Content-Length", str(len(body) if announced is None else announced))
    keyed = [] if key is None else [("Idempotency-Key", key)]
    return exchange(
        operation="create",
        method="POST",
        path="/api/v1/tasks",
        at_ms=round(after_s * 1000),
        status=status,
        task_id=task_id,
        idempotency_key=key,
        request_headers=[*AUTHORIZED, *keyed, *headers],
        request_body=sent,
        response_headers=[length, *answer],
        response_body=body,
        **more,
    )


def read(
    says: str = "processing",
    status: int | None = 200,
    *,
    task_id: str = "task_1",
    after_s: float = 2,
    body: bytes | None = None,
    announced: int | None = None,
    headers: Headers = (),
    answer: Headers = (),
    **more: Any,
) -> Exchange:
    """A poll."""
    body = _answer(status, says, task_id, body)
    length = ("Content-Length", str(len(body) if announced is None else announced))
    given: dict[str, Any] = {
        "operation": "read",
        "path": f"/api/v1/tasks/{task_id}",
        "at_ms": round(after_s * 1000),
        "status": status,
        "task_id": task_id,
        "request_headers": [*AUTHORIZED, *headers],
        "response_headers": [length, *answer],
        "response_body": body,
    }
    return exchange(**(given | more))


def download(status: int | None = 200, **more: Any) -> Exchange:
    """The result is fetched from the output origin, without credentials."""
    path = "/outputs/a/task_1/0.mp4"
    given = {"origin": "output", "path": path, "status": status, "request_headers": [("Host", "127.0.0.1:9000")]}
    return exchange(**({"operation": "download"} | given | more))


GOOD = (create(), read(), read("succeeded"))


def report(outcome: Any = "succeeded", task_id: str | None = "task_1", **more: Any) -> Report:
    """What a client says at the end."""
    urls = (URL,) if outcome == "succeeded" else ()
    return Report(outcome, **({"task_id": task_id, "urls": urls} | more))


def life_of(exchanges: Sequence[Exchange], tasks: int, plan: Any, faults: Sequence[FaultAt] | None) -> Life:
    """The life that such exchanges would come of: each fault where it was met."""
    if faults is None:
        met: dict[tuple[str, int | None], int] = {}
        faults = []
        for each in exchanges:
            place = (each.operation, each.task)
            met[place] = met.get(place, 0) + 1
            if each.fault is not None and each.operation != "none":
                faults.append(FaultAt(each.fault, each.operation, each.task or 0, met[place]))
    task = LogicalTask("kling-v3-motion-control", {"prompt": "A dancer in the rain"}, outcome=plan)
    return Life((task,) * tasks, tuple(faults))


def ledger_of(task_ids: Sequence[str], given_back: Sequence[str]) -> dict[str, Any]:
    """A hold for each task, and a release for some."""
    topup = {"type": "topup", "amount": "1.00000", "task_id": None}
    holds = [{"type": "hold", "amount": "0.11574", "task_id": task_id} for task_id in task_ids]
    releases = [{"type": "release", "amount": "0.11574", "task_id": task_id} for task_id in given_back]
    return {"entries": [topup, *holds, *releases]}


def play(
    *steps: Exchange,
    reports: Sequence[Report] = (report(),),
    plan: str = "succeeded",
    faults: Sequence[FaultAt] | None = None,
    lasts_s: float = 1,
    given_back: Sequence[str] = (),
    dialect: Mapping[str, Any] | None = None,
    twin: bool = False,
    profile: Profile | None = None,
    hints: Hints | None = None,
    **more: Any,
) -> Run:
    """The run in which these exchanges happened; the client ends `lasts_s` after the last."""
    exchanges: list[Exchange] = []
    at_ms = 1_000_000
    for seq, step in enumerate(steps, 1):
        at_ms += step.at_ms
        exchanges.append(replace(step, seq=seq, at_ms=at_ms))
    ended_at_ms = at_ms + round(lasts_s * 1000)
    made = {each.task_id: None for each in exchanges if each.operation == "create" and each.task_id is not None}
    life = life_of(exchanges, 1 if twin else len(reports), plan, faults)
    given: dict[str, Any] = {
        "life": replace(life, dialect=dialect or {}, twin=twin),
        "profile": profile or Profile(),
        "hints": hints or Hints(),
        "api_key": API_KEY,
        "reports": [replace(each, started_at_ms=1_000_000, ended_at_ms=ended_at_ms) for each in reports],
        "exchanges": exchanges,
        "tasks": [{"task_id": task_id, "plan": {"outcome": plan}} for task_id in made],
        "ledger": ledger_of(list(made), given_back),
        "started_at_ms": 1_000_000,
        "ended_at_ms": ended_at_ms,
        "virtual": True,
    }
    return Run(**(given | more))


def verdict(name: str, run: Run) -> Verdict:
    """What the run says about one obligation."""
    finding = judge(run).get(name)
    if finding is None:
        return "not judged"
    if not finding.exercised:
        return "untested"
    grades = {broken.severity for broken in finding.broken}
    return "fail" if "fail" in grades else "warn" if grades else "pass"


def accused(run: Run) -> set[str]:
    """The ids of all obligations that the run breaks, warnings included."""
    return {name for name, finding in judge(run).items() if finding.broken}
