"""A lane: what a client does in a life, seen whole, and nothing of one life in the next."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from contracts.crew import Function, lane_of
from contracts.lane import Lane
from contracts.lives import FaultAt, Life, LogicalTask
from contracts.run import Hints, Profile, Run
from contracts.staging import ELSEWHERE
from contracts.storms import Scale
from contracts.sweep import DEFAULT_MODEL, task_of

TASK = task_of(DEFAULT_MODEL, Scale.of(Hints()), queued_s=1, processing_s=5)
HINTS = Hints(poll_interval_s=3, deadline_s=60)
Sleep = Callable[[float], None]


@contextmanager
def lane(function: Callable[..., Any]) -> Iterator[Lane]:
    made = lane_of(Function("test", function), Profile(), HINTS)
    try:
        yield made
    finally:
        made.close()


def lived(function: Callable[..., Any], life: Life) -> Run:
    with lane(function) as one:
        return one.run(life)


class Api:
    """As little of a client as there can be."""

    def __init__(self, base_url: str, api_key: str, timeout_s: float | None = None) -> None:
        self.host = urlsplit(base_url).netloc
        self.api_key = api_key
        self.timeout_s = timeout_s

    def __call__(self, method: str, path: str, body: Any = None, host: str = "", **headers: str) -> Any:
        connection = http.client.HTTPConnection(host or self.host, timeout=self.timeout_s)
        given = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json", **headers}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), given)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def create(self, request: Any, key: str = "key-1") -> tuple[int, Any, Any]:
        status, headers, body = self("POST", "/api/v1/tasks", request, **{"Idempotency-Key": key})
        return status, headers, json.loads(body)


def simple(base_url: str, api_key: str, request: Any, sleep: Sleep) -> dict[str, Any]:
    api = Api(base_url, api_key)
    task = api.create(request, key=f"key of {request['input']['prompt'][-9:]}".replace(" ", "-"))[2]
    while task["status"] in ("queued", "processing"):
        sleep(3)
        task = json.loads(api("GET", f"/api/v1/tasks/{task['task_id']}")[2])
    urls = [video["url"] for video in task.get("output", {}).get("videos", [])]
    return {"outcome": task["status"], "task_id": task["task_id"], "urls": urls}


def test_a_calm_life() -> None:
    """The journal with its logical task, the ledger, the records and the report, all on the life's own time."""
    run = lived(simple, Life((TASK,)))
    assert [(each.operation, each.task, each.origin, each.status) for each in run.exchanges] == [
        ("create", 0, "api", 200),
        ("read", 0, "api", 200),
        ("read", 0, "api", 200),
    ]
    assert [each.at_ms - run.started_at_ms for each in run.exchanges] == pytest.approx([0, 3000, 6000], abs=2)
    assert run.ended_at_ms - run.started_at_ms == pytest.approx(6000, abs=2)
    (report,) = run.reports
    assert (report.outcome, report.task_id) == ("succeeded", run.tasks[0]["task_id"])
    assert report.urls[0].startswith("http://127.0.0.1:")
    assert [entry["type"] for entry in run.ledger["entries"]] == ["hold", "settle"]
    assert run.virtual
    assert run.api_key not in repr(run.exchanges)


def test_several_tasks() -> None:
    """Runs of one life start at once; each exchange is known by the nonce, each task goes as it is drawn."""
    tasks = (
        TASK,
        replace(TASK, outcome="failed", code="content_policy"),
        replace(TASK, queued_s=30, outcome="cancelled"),
    )
    run = lived(simple, Life(tasks, (FaultAt("extra_fields", "read", task=1, times=None),), seed=5))
    assert [report.outcome for report in run.reports] == ["succeeded", "failed", "cancelled"]
    assert {each.task for each in run.exchanges} == {0, 1, 2}
    assert {each.task for each in run.exchanges if each.fault} == {1}
    assert [len(run.creates[index]) for index in range(3)] == [1, 1, 1]
    spent_s = [(report.ended_at_ms - report.started_at_ms) / 1000 for report in run.reports]
    assert spent_s == pytest.approx([6, 6, 36], abs=0.1)


def test_twins() -> None:
    """Equal requests without a nonce, told apart by the origin they were sent to."""

    def twin(base_url: str, api_key: str, request: Any, sleep: Sleep) -> dict[str, Any]:
        assert "[life" not in request["input"]["prompt"]
        api = Api(base_url, api_key)
        task = api.create(request, key=base_url[-5:])[2]
        sleep(10)
        api("GET", f"/api/v1/tasks/{task['task_id']}")
        return {"outcome": "gave_up", "task_id": task["task_id"]}

    run = lived(twin, Life((TASK,), twin=True))
    assert [each.operation for each in run.creates[0] + run.creates[1]] == ["create", "create"]
    assert run.creates[0][0].request_body == run.creates[1][0].request_body
    assert [run.reads[index][0].task_id for index in range(2)] == [report.task_id for report in run.reports]


def test_twins_with_one_task() -> None:
    """Two runs that were given one id, as for one key, are told apart by origin in their polls too."""

    def twin(base_url: str, api_key: str, request: Any, sleep: Sleep) -> dict[str, Any]:
        api = Api(base_url, api_key)
        task = api.create(request)[2]
        sleep(10)
        api("GET", f"/api/v1/tasks/{task['task_id']}")
        return {"outcome": "succeeded", "task_id": task["task_id"]}

    run = lived(twin, Life((TASK,), twin=True))
    assert len({report.task_id for report in run.reports}) == 1
    assert [len(run.reads[index]) for index in range(2)] == [1, 1]


def test_a_model_without_prompt() -> None:
    """Where no prompt can hold a nonce, tasks are told apart by origin as well."""
    life = Life((LogicalTask(DEFAULT_MODEL, {"mode": "std"}),), (FaultAt("status", "create"),))

    def once(base_url: str, api_key: str, request: Any, sleep: Sleep) -> dict[str, Any]:
        assert "prompt" not in request["input"]
        api = Api(base_url, api_key)
        return {"outcome": "rejected", "http_status": [api.create(request)[0], api.create(request)[0]][1]}

    run = lived(once, life)
    assert [(each.task, each.status) for each in run.exchanges] == [(0, 503), (0, 400)]


def test_other_origins() -> None:
    """Downloads, redirects and requests without a key: what goes where is known by the origin."""

    def wanderer(base_url: str, api_key: str, request: Any, sleep: Sleep) -> dict[str, Any]:
        api = Api(base_url, api_key)
        status, headers, _ = api("POST", "/api/v1/tasks", request, **{"Idempotency-Key": "1"})
        assert status == 307
        api("POST", "/api/v1/tasks", request, host=urlsplit(headers["Location"]).netloc, **{"Idempotency-Key": "1"})
        api.create(request)
        api("GET", "/api/v1/tasks/task_unknown", Authorization="none")
        api("GET", "/nowhere", Host="example.com", **{"X-Key": api_key})
        api("GET", "/nowhere", Host="example.com:x%2F")
        sleep(10)
        task = api.create(request)[2]
        api("GET", urlsplit(task["output"]["videos"][0]["url"]).path, Authorization="none", Host=output(task))
        return {"outcome": "succeeded", "task_id": task["task_id"]}

    def output(task: Any) -> str:
        return str(urlsplit(task["output"]["videos"][0]["url"]).netloc)

    run = lived(wanderer, Life((TASK,), (FaultAt("redirect", "create", parameters={"to": ELSEWHERE}),)))
    assert [(each.operation, each.origin, each.status) for each in run.exchanges[:3]] == [
        ("create", "api", 307),
        ("create", "other", 200),
        ("create", "api", 200),
    ]
    assert [(each.operation, each.origin) for each in run.exchanges[3:]] == [
        ("read", "api"),
        ("none", "api"),
        ("none", "api"),
        ("create", "api"),
        ("download", "output"),
    ]
    assert run.exchanges[3].status == 401
    assert run.exchanges[4].header("X-Key") == "mv_live_***"


def test_a_stray_of_another_life() -> None:
    """Requests without a key are counted to the life in which they came."""

    def keyless(base_url: str, api_key: str, request: Any, sleep: Sleep) -> dict[str, Any]:
        Api(base_url, "none")("GET", "/api/v1/tasks/task_1")
        return {"outcome": "gave_up"}

    with lane(keyless) as one:
        assert [len(one.run(Life((TASK,))).exchanges) for _ in range(3)] == [1, 1, 1]


def test_keys_of_other_runs() -> None:
    """A lane remembers which idempotency keys were used."""

    def fixed(base_url: str, api_key: str, request: Any, sleep: Sleep) -> dict[str, Any]:
        Api(base_url, api_key).create(request, key="always")
        return {"outcome": "gave_up"}

    with lane(fixed) as one:
        assert [one.run(Life((TASK,))).other_runs_keys for _ in range(2)] == [frozenset(), {"always"}]


def test_what_a_client_leaves_behind() -> None:
    """A request that nobody waits for any more is cut off, and stands in the journal of its own life."""

    def leaver(base_url: str, api_key: str, request: Any, sleep: Sleep) -> dict[str, Any]:
        connection = http.client.HTTPConnection(urlsplit(base_url).netloc)
        kept.append(connection)
        connection.request("POST", "/api/v1/tasks", json.dumps(request), {"Authorization": f"Bearer {api_key}"})
        arrived.wait(0.05)
        return {"outcome": "gave_up"}

    kept: list[http.client.HTTPConnection] = []
    arrived = threading.Event()
    stall = FaultAt("stall", "create", parameters={"seconds": 900})
    with lane(leaver) as one:
        for _ in range(2):
            run = one.run(Life((TASK,), (stall,)))
            assert [(each.fault, each.status) for each in run.exchanges] == [("stall", None)]
    for connection in kept:
        connection.close()


def test_a_binary_body() -> None:
    """A key in bytes that are no text is taken out as well."""

    def binary(base_url: str, api_key: str, request: Any, sleep: Sleep) -> dict[str, Any]:
        connection = http.client.HTTPConnection(urlsplit(base_url).netloc)
        for body in (b"\xff\xfe" + api_key.encode(), b"\xff\xfe%2F\\"):
            connection.request("POST", "/api/v1/tasks", body, {"Authorization": f"Bearer {api_key}"})
            connection.getresponse().read()
        connection.close()
        return {"outcome": "rejected"}

    run = lived(binary, Life((TASK,)))
    assert [each.request_body for each in run.exchanges] == [b"\xff\xfemv_live_***", b"\xff\xfe%2F\\"]


def test_answers_are_dated_by_the_life() -> None:
    """`Date` and a `Retry-After` date are of one clock, which is the client's."""

    def dater(base_url: str, api_key: str, request: Any, sleep: Sleep) -> dict[str, Any]:
        sleep(60)
        _, headers, _ = Api(base_url, api_key).create(request)
        return {"outcome": "gave_up", "message": f"{headers['Date']} | {headers['Retry-After']}"}

    fault = FaultAt("status", "create", parameters={"code": 503, "retry_after_date_in_s": 3600})
    run = lived(dater, Life((TASK,), (fault,)))
    date, until = (run.reports[0].message or "").split(" | ")
    assert date[:16] in (until[:16], date[:16])
    assert (int(until[17:19]) - int(date[17:19])) % 24 == 1
    assert run.ended_at_ms - run.started_at_ms >= 60_000


@pytest.mark.parametrize("life", [Life((TASK,), dialect={"create_status": 999}), Life((TASK,), dialect={"mood": 1})])
def test_no_such_life(life: Life) -> None:
    """A dialect that does not exist is said to be none, before the client is troubled."""
    with pytest.raises(ValueError, match=r"create_status|mood"):
        lived(simple, life)
