"""The reference clients keep the contract, fault by fault, on a real server: as functions, workers and commands."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts import staging
from contracts.lives import FaultAt, Life, LogicalTask
from contracts.obligations.judging import judge
from contracts.run import Hints, Run
from mockserver import Server
from mockserver.client import Account
from tests.clients import trial
from tests.clients.reference import asynchronous, sync
from tests.requests import INPUT

PROGRAMS = {
    "node": ["node", "tests/clients/reference/node.mjs"],
    "sync": [sys.executable, "-m", "tests.clients.reference.command"],
    "asynchronous": [sys.executable, "-m", "tests.clients.reference.command", "tests.clients.reference.asynchronous"],
}
ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
HINTS = Hints(poll_interval_s=0.1, backoff_base_s=0.1, request_timeout_s=2, deadline_s=30)
TASK = LogicalTask("kling-v3-motion-control", {"prompt": "A dancer in the rain", **INPUT}, 0.1, 0.3)


def awaited(base_url: str, api_key: str, request: Mapping[str, Any], sleep: Any) -> Mapping[str, Any]:
    """The asyncio client as a function that blocks."""

    async def waits(seconds: float) -> None:
        sleep(seconds)

    return asyncio.run(asynchronous.client(base_url, api_key, request, waits))


FUNCTIONS = {"sync": sync.client, "asynchronous": awaited}


def life(*faults: FaultAt, dialect: Mapping[str, Any] | None = None, **plan: Any) -> Life:
    """One task, and these faults."""
    given: Any = {"queued_s": TASK.queued_s, "processing_s": TASK.processing_s} | plan
    return Life((LogicalTask(TASK.model, TASK.input, **given),), faults, dialect or {})


def on_create(name: str, times: int | None = 1, **parameters: Any) -> FaultAt:
    """A fault of the first creates."""
    return FaultAt(name, "create", times=times, parameters=parameters)


def on_read(name: str, times: int | None = 1, attempt: int = 1, **parameters: Any) -> FaultAt:
    """A fault of polls."""
    return FaultAt(name, "read", times=times, attempt=attempt, parameters=parameters)


def on_task(name: str, **parameters: Any) -> FaultAt:
    """A fault of the task itself."""
    return FaultAt(name, "task", parameters=parameters)


SLOW = {
    "create-stall": on_create("stall", seconds=9),
    "create-stall-body": on_create("stall", seconds=9, phase="after_headers"),
    "create-drip": on_create("drip", interval_s=0.1),
    "read-stall": on_read("stall", seconds=9),
    "read-drip": on_read("drip", interval_s=0.1),
}
"""What costs a timeout of the wall's time."""

MENDED = {
    **{f"create-{code}": on_create("status", code=code) for code in (429, 500, 502, 503, 504)},
    "create-503-committed": on_create("status", code=503, phase="after"),
    "create-503-four-times": on_create("status", 4, code=503),
    "create-429-seconds": on_create("status", code=429, retry_after=1),
    "create-503-seconds": on_create("status", code=503, retry_after=1),
    "create-429-date": on_create("status", code=429, retry_after_date_in_s=2),
    "create-lost-request": on_create("lost_request"),
    "create-lost-response": on_create("lost_response", 2),
    "create-close": on_create("close"),
    "create-close-committed": on_create("close", phase="after"),
    "create-truncate": on_create("truncate", bytes=40),
    "create-truncate-all": on_create("truncate", bytes=0),
    **{f"create-garbage-{kind}": on_create("garbage", kind=kind) for kind in ("json", "bytes", "chunk")},
    **{f"create-html-{code}": on_create("gateway_html", code=code) for code in (200, 502)},
    "create-latency": on_create("latency", seconds=0.1),
    "create-slice": on_create("slice"),
    "create-extra": on_create("extra_fields", depth=3),
    "create-null": on_create("null_fields"),
    "create-reordered": on_create("reordered_fields"),
    **{f"create-as-{code}": on_create("create_code", code=code) for code in (201, 202)},
    "create-in-flight": on_create("conflict", 2),
    "create-rate-limited": on_create("rate_limited"),
    "create-concurrency-limited": on_create("concurrency_limited"),
    "create-redirect": on_create("redirect", 2),
    **{
        f"create-odd-{index}": on_create("odd_retry_after", value=value, code=429)
        for index, value in enumerate(("-1", "0.001", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", "", ["1", "2"], "²"))
    },
    "read-503-four-times": on_read("status", 4, code=503),
    "read-429-seconds": on_read("status", code=429, retry_after=1),
    "read-503-date": on_read("status", code=503, retry_after_date_in_s=2),
    "read-lost-request": on_read("lost_request"),
    "read-close": on_read("close", 2),
    "read-truncate": on_read("truncate", bytes=40),
    **{f"read-garbage-{kind}": on_read("garbage", kind=kind) for kind in ("json", "bytes", "chunk")},
    **{f"read-html-{code}": on_read("gateway_html", code=code) for code in (200, 502)},
    "read-extra": on_read("extra_fields", None),
    "read-null": on_read("null_fields", None),
    "read-unknown": on_read("unknown_status", 2),
    "read-stale": on_read("stale_read", attempt=3),
    "read-404": on_read("read_lag_404", 2),
    "read-redirect": on_read("redirect"),
    "task-terminal-at-create": on_task("terminal_at_create"),
    "task-skips-states": on_task("skip_states"),
}

ENDED = {
    "failed": (life(outcome="failed"), "failed"),
    "failed-without-a-word": (life(outcome="failed", dialect={"failed_error": "absent"}), "failed"),
    "failed-in-a-word": (life(outcome="failed", dialect={"failed_error": "string"}), "failed"),
    "cancelled": (life(on_task("ends", outcome="cancelled")), "cancelled"),
    "no-output": (life(on_task("no_output")), "failed"),
    "mismatch": (life(on_create("conflict", kind="mismatch")), "rejected"),
    "no-balance": (life(on_create("no_balance")), "rejected"),
    "invalid": (life(on_create("rejected"), dialect={"validation_status": 422}), "rejected"),
    "revoked": (life(on_create("key_revoked", None)), "rejected"),
    "revoked-later": (life(on_read("key_revoked", None, attempt=2), processing_s=60), "rejected"),
    "redirect-elsewhere": (life(on_create("redirect", to=staging.ELSEWHERE)), "rejected"),
    "redirect-for-ever": (life(on_create("redirect", None)), "rejected"),
    "poll-elsewhere": (life(on_read("redirect", to=staging.ELSEWHERE)), "rejected"),
    "create-down": (life(on_create("status", None, code=503)), "gave_up"),
    "read-down": (life(on_read("status", None, code=500)), "gave_up"),
    "told-to-wait-for-ever": (life(on_create("odd_retry_after", None, value="1000000")), "gave_up"),
    "told-an-endless-number": (life(on_create("odd_retry_after", None, value="9" * 5000)), "gave_up"),
    **{
        f"{envelope}-in-flight": (life(on_create("conflict"), dialect={"error_envelope": envelope}), "succeeded")
        for envelope in ("flat", "detail", "problem")
    },
    **{
        f"{envelope}-mismatch": (
            life(on_create("conflict", kind="mismatch"), dialect={"error_envelope": envelope}),
            "rejected",
        )
        for envelope in ("flat", "detail", "problem")
    },
    "replayed": (
        life(on_create("lost_response"), dialect={"idempotency_replay_header": "Idempotent-Replayed"}),
        "succeeded",
    ),
    "replayed-ended": (life(on_create("lost_response"), queued_s=0, processing_s=0.001), "succeeded"),
}

CASES = {"calm": (life(), "succeeded")} | {name: (life(fault), "succeeded") for name, fault in MENDED.items()} | ENDED
REAL = CASES | {name: (life(fault), "succeeded") for name, fault in SLOW.items()}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(output_port=0) as running:
        yield running


def hold(run: Run, outcome: str, case: str = "") -> None:
    """The client reported that, and broke no promise."""
    assert [report.outcome for report in run.reports] == [outcome], case
    assert {name: finding.broken for name, finding in judge(run).items() if finding.broken} == {}, case


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(server: Server, monkeypatch: pytest.MonkeyPatch, name: str, case: str) -> None:
    """As a function, waiting by what it is given, it ends as it should and breaks no promise."""
    for variable, value in trial.variables(HINTS).items():
        monkeypatch.setenv(variable, value)
    lived, outcome = CASES[case]
    hold(trial.live(server, lived, HINTS, FUNCTIONS[name]), outcome)


def asked(case: str, account: Account, lived: Life) -> dict[str, Any]:
    """A line for a worker."""
    (request,) = staging.requests_of(lived)
    return {"id": case, "base_url": account.base_url, "api_key": account.key, **request}


def spoken(command: list[str], given: str, variables: Mapping[str, str]) -> str:
    """What a program answers on standard output."""
    environment = {**os.environ, **variables}
    done = subprocess.run(
        command, input=given, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_workers(server: Server, program: str) -> None:
    """As a worker, all lives side by side in real time, it ends each as it should and breaks no promise."""
    accounts = {case: trial.account_for(server, lived, {"mode": "real"}) for case, (lived, _) in REAL.items()}
    lines = [json.dumps(asked(case, accounts[case], REAL[case][0])) for case in REAL]
    said = spoken([*PROGRAMS[program], "--worker"], "\n".join(lines), trial.variables(HINTS))
    replies = {reply["id"]: reply for reply in map(json.loads, said.splitlines())}
    for case, (lived, outcome) in REAL.items():
        hold(trial.gathered(accounts[case], lived, HINTS, [replies[case]]), outcome, case)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    ("lived", "deadline_s", "reported"),
    [
        (life(), 30, "succeeded"),
        (life(on_create("refuse", seconds=0.1)), 30, "succeeded"),
        (life(outcome="stuck"), 1, "gave_up"),
    ],
    ids=["calm", "refused", "stuck"],
)
def test_commands(server: Server, program: str, lived: Life, deadline_s: float, reported: str) -> None:
    """As a command it fetches the result without credentials, and gives up when its deadline comes."""
    hints = replace(HINTS, deadline_s=deadline_s)
    account = trial.account_for(server, lived, {"mode": "real"})
    (request,) = staging.requests_of(lived)
    place = {"MINDVIDEO_BASE_URL": account.base_url, "MINDVIDEO_API_KEY": account.key, "MINDVIDEO_DOWNLOAD": "1"}
    said = spoken(PROGRAMS[program], json.dumps(request), place | trial.variables(hints))
    report = json.loads(said.splitlines()[-1])
    hold(trial.gathered(account, lived, hints, [report]), reported)
    assert report.get("bytes", 0) > 0 or reported == "gave_up"
