"""Clients as their libraries' own pages show them, each a command, against the fake on a real socket.

All that this machine can run are run; what has to be installed for one (`README.md`) is not installed here.
"""

import json
import os
import subprocess
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from contracts.run import Profile
from mockserver import Server
from mockserver.assertions import assert_charged_once
from mockserver.client import Account
from tests.clients.real.clients import CLIENTS, FOLDER, Real

FIXTURE = FOLDER.parents[2] / "fixtures" / "kling-v3-motion-control" / "accepted.json"
REQUEST = json.loads(FIXTURE.read_text())
PATIENCE_S = 60
HINTS = {
    "MINDVIDEO_POLL_INTERVAL_S": "0.05",
    "MINDVIDEO_BACKOFF_BASE_S": "0.05",
    "MINDVIDEO_REQUEST_TIMEOUT_S": "30",
    "MINDVIDEO_DEADLINE_S": "30",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def account(server: Server) -> Account:
    """Its time moves with the polls, so that no task takes long."""
    return server.new_account(clock={"mode": "auto"})


@pytest.fixture(params=[each for each in CLIENTS if not any(each.missing())], ids=lambda each: each.program)
def client(request: pytest.FixtureRequest) -> Real:
    runnable: Real = request.param
    return runnable


def run(client: Real, account: Account, prompt: str = "dance", **changes: object) -> Any:
    """What it reports; it must end well."""
    document = {**REQUEST, "input": {**REQUEST["input"], "prompt": prompt}, **changes}
    address = {"MINDVIDEO_BASE_URL": account.base_url, "MINDVIDEO_API_KEY": account.key}
    ended = subprocess.run(
        client.argv,
        env={**os.environ, **HINTS, **address},
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert account.key not in ended.stdout + ended.stderr
    report = json.loads(ended.stdout.splitlines()[-1])
    assert set(report) == {"outcome", "task_id", "urls", "http_status", "message"}
    return report


def test_a_task_that_succeeds(client: Real, account: Account) -> None:
    """It reports the task and the output that the server has, after a first answer that was a passing 503."""
    account.fault("status", on="create", code=503, times=1)
    report = run(client, account)
    (task,) = account.tasks()
    assert (report["outcome"], report["task_id"]) == ("succeeded", task["task_id"])
    (url,) = report["urls"]
    assert url.endswith(f"/{task['task_id']}/0.mp4")
    assert_charged_once(account)


def test_a_task_that_fails(client: Real, account: Account) -> None:
    """It reports the failure, and makes no second task of it."""
    report = run(client, account, prompt="[mock:failed=content_policy]")
    (task,) = account.tasks()
    assert (report["outcome"], report["task_id"], report["urls"]) == ("failed", task["task_id"], [])


def test_a_request_that_is_refused(client: Real, account: Account) -> None:
    """It reports that the server refused, after one request and no more."""
    report = run(client, account, model="no-such-model")
    assert (report["outcome"], report["task_id"], report["urls"]) == ("rejected", None, [])
    assert [exchange["status"] for exchange in account.journal()] == [404]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.program)
def test_profiles(client: Real) -> None:
    """Beside each client lies what it claims, in the words of a profile."""
    claims = tomllib.loads(client.profile.read_text())
    assert Profile(**claims).sends_idempotency_key
    assert client.program in (FOLDER / "README.md").read_text()


def test_what_is_missing_is_named() -> None:
    """A client that the machine cannot run says what it lacks: a tool, a Python package, or what npm installs."""
    lacking = Real("some/client.mjs", "no-such-node", ("no-such-jq",), ("no_such_module",), "some/node_modules/got")
    assert list(lacking.missing()) == [
        "no-such-node is not on PATH",
        "no-such-jq is not on PATH",
        "the Python package no_such_module is not installed",
        "npm install has not been run in some",
    ]
