"""Every fixture, sent to the real server: it answers as the fixture says."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from mockserver import models
from tests.serving import ROOT, serving

KEY = "mv_live_fixtures"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with serving() as url:
        yield url


def fixture(slug: str, name: str) -> Json:
    found: Json = json.loads((ROOT / "fixtures" / slug / f"{name}.json").read_text())
    return found


def call(url: str, body: Json | None = None) -> tuple[int, Json]:
    """The status and the parsed answer of a POST, or of a GET where there is no body."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = Request(url, None if body is None else json.dumps(body).encode(), headers)
    try:
        with urlopen(request) as answer:
            return answer.status, json.load(answer)
    except HTTPError as answer:
        with answer:
            return answer.code, json.load(answer)


@pytest.mark.clause("D-CREATE", "D-READ", "D-EVENTS")
@pytest.mark.parametrize("slug", models.slugs())
def test_accepted(base_url: str, slug: str) -> None:
    """The model's own example is accepted, and the task can be read and followed."""
    status, created = call(f"{base_url}/api/v1/tasks", fixture(slug, "accepted"))
    assert (status, created["status"]) == (200, "queued")
    task = f"{base_url}/api/v1/tasks/{created['task_id']}"
    assert call(task)[1]["cost_estimate"] == created["cost_estimate"]
    assert call(f"{task}/events")[1]["events"][0]["type"] == "task.queued"


@pytest.mark.clause("D-SCHEMA", "D-INPUT", "H-ERRORS")
@pytest.mark.parametrize("slug", models.slugs())
def test_refused(base_url: str, slug: str) -> None:
    """A body with one broken rule is refused with the status, the code, the pointer and the rule that are named."""
    refused = fixture(slug, "refused")
    expected = refused["expect"]
    status, answer = call(f"{base_url}/api/v1/tasks", refused["body"])
    error = answer["error"]
    assert (status, error["code"], error["param"]) == (expected["status"], expected["code"], expected["param"])
    assert [(each["param"], each["code"]) for each in error["details"]] == [(expected["param"], expected["rule"])]
