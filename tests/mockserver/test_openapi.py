"""The OpenAPI document describes exactly what a dialect answers: its bodies are validated against it."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from mockserver import dialect, models, openapi
from mockserver.clauses import clauses
from mockserver.dialect import DEFAULT, Dialect
from mockserver.lifecycle import events_at
from mockserver.openapi.refusals import POSSIBLE
from mockserver.problems import REFUSALS, Problem
from mockserver.records import Outcome, Plan, Price, Task, Violation
from mockserver.wire import errors
from mockserver.wire.task import render, render_events, sse_event

Json = dict[str, Any]

PLATFORM = "https://api.mindvideo.ai"
CHECKED_IN = Path(__file__).parents[2] / "contracts/openapi.json"
OPERATIONS = {
    "submitTask": ("/api/v1/tasks", "post"),
    "getTask": ("/api/v1/tasks/{task_id}", "get"),
    "getTaskEvents": ("/api/v1/tasks/{task_id}/events", "get"),
}
CHOICES = {setting.name: setting.variants for setting in dialect.settings() if setting.form == "choice"}
SPOKEN: tuple[Json, ...] = (
    {"error_envelope": "flat", "events_format": "array", "failed_error": "string", "extra_fields": "some"},
    {"error_envelope": "detail", "events_format": "sse", "failed_error": "absent", "pending_fields": "null"},
    {"error_envelope": "problem", "media_rules": "upstream", "idempotency_replay_header": "Idempotent-Replayed"},
    {name: values[-1] for name, values in CHOICES.items()},
)
DIALECTS = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CHOICES.items()})
OUTCOMES: tuple[Outcome, ...] = ("succeeded", "failed", "cancelled", "stuck")


def speaking(**values: object) -> Dialect:
    found = dialect.parse(values)
    assert isinstance(found, Dialect)
    return found


def operation(document: Json, name: str) -> Json:
    path, method = OPERATIONS[name]
    found: Json = document["paths"][path][method]
    return found


@cache
def described(spoken: Dialect) -> Json:
    """The document of a dialect, without the models' schemas: they have tests of their own."""
    document = openapi.build(spoken, PLATFORM)
    document["components"]["schemas"] = {
        name: schema for name, schema in document["components"]["schemas"].items() if models.get(name) is None
    }
    return document


def schema_of(document: Json, response: Json, media_type: str = "application/json") -> Draft202012Validator:
    """A validator of a response's body that knows the document's components."""
    return Draft202012Validator({**response["content"][media_type]["schema"], "components": document["components"]})


def task(outcome: Outcome, output: Any = "videos") -> Task:
    plan = Plan(1000, 1000, outcome, *(("content_policy", "No.") if outcome == "failed" else ()))
    price = Price(Decimal("0.11574"), None, Decimal("0.11574"), "success")
    key = "mv_live_x"
    return Task("task_1", "acct_1", "req_1", key, 10**12, "kling-v3", output, b"{}", plan, (), price, files=2)


def nodes(value: object) -> Iterator[Json]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)
    if isinstance(value, dict):
        yield value


def test_the_document_checked_in_is_current() -> None:
    """contracts/openapi.json is what the data give today; contracts/README.md tells how to write it anew."""
    assert openapi.render(openapi.build(DEFAULT, PLATFORM)) == CHECKED_IN.read_bytes()


def test_the_document_is_openapi_3_1() -> None:
    """The document checked in is valid by the OpenAPI initiative's own schema, examples and defaults included."""
    document = orjson.loads(CHECKED_IN.read_bytes())
    assert document["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@pytest.mark.parametrize("values", SPOKEN, ids=range(len(SPOKEN)))
def test_every_dialect_gives_a_valid_document(values: Json) -> None:
    """Whatever the settings say, the document stays OpenAPI 3.1."""
    assert OpenAPIV31SpecValidator(openapi.build(speaking(**values), PLATFORM)).is_valid()


def test_three_operations_and_no_more() -> None:
    """What no page documents is not in the document (A-ROUTES)."""
    document = openapi.build(DEFAULT, "http://127.0.0.1:8000")
    found = {
        each["operationId"]: (path, method) for path, item in document["paths"].items() for method, each in item.items()
    }
    assert found == OPERATIONS
    assert document["servers"] == [{"url": "http://127.0.0.1:8000"}]


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("submitTask", {"200", "400", "401", "402", "404", "408", "409", "413", "415", "429", "503"}),
        ("getTask", {"200", "401", "404", "503"}),
        ("getTaskEvents", {"200", "401", "404", "503"}),
    ],
)
def test_every_status_of_the_default_dialect_is_described(name: str, statuses: set[str]) -> None:
    """No operation answers a status that its description lacks."""
    assert operation(openapi.build(DEFAULT, PLATFORM), name)["responses"].keys() == statuses


def test_statuses_follow_the_dialect() -> None:
    """The settings decide statuses, headers and codes in the document as they do in the answers."""
    spoken = speaking(
        create_status=202,
        validation_status=422,
        unknown_model_status=422,
        disabled_key_status=403,
        idempotency_in_flight="conflict",
        duration_check="in_task",
        idempotency_replay_header="Idempotent-Replayed",
    )
    responses = operation(openapi.build(spoken, PLATFORM), "submitTask")["responses"]
    assert responses.keys() >= {"202", "400", "403", "422"}
    assert responses.keys().isdisjoint({"200", "404"})
    assert responses["202"]["headers"].keys() == {"X-Mock-Assumed", "Idempotent-Replayed"}
    assert responses["409"]["headers"].keys() == {"Retry-After"}
    codes = responses["422"]["content"]["application/json"]["schema"]["allOf"][1]["properties"]["error"]
    assert codes == {
        "properties": {"code": {"enum": ["invalid_request", "model_not_found", "invalid_input", "invalid_media"]}}
    }


def test_headers_go_with_their_statuses() -> None:
    """401 brings a challenge, 429 the time to wait; a 409 that may not be retried brings none."""
    responses = operation(openapi.build(DEFAULT, PLATFORM), "submitTask")["responses"]
    assert responses["401"]["headers"].keys() == {"WWW-Authenticate"}
    assert responses["429"]["headers"].keys() == {"Retry-After"}
    assert "headers" not in responses["409"]


@pytest.mark.clause("D-READ", "D-CREATE", "D-OUTPUT", "D-COST", "D-STATUS")
@given(DIALECTS, st.sampled_from(OUTCOMES), st.sampled_from(["videos", "images"]), st.integers(0, 2500))
def test_tasks_are_as_described(values: dict[str, Any], outcome: Outcome, output: str, after_ms: int) -> None:
    """A task in any state, of any outcome, in any dialect, is valid by that dialect's document."""
    spoken = speaking(**values)
    document = described(spoken)
    body = orjson.loads(render(task(outcome, output), 10**12 + after_ms, spoken, "req_2", lambda: PLATFORM))
    for name, status in (("submitTask", str(spoken.create_status)), ("getTask", "200")):
        validator = schema_of(document, operation(document, name)["responses"][status])
        assert [str(error) for error in validator.iter_errors(body)] == []


@pytest.mark.parametrize(
    ("outcome", "after_ms", "change"),
    [
        ("succeeded", 2000, {"output": None}),
        ("succeeded", 2000, {"cost_actual": ...}),
        ("succeeded", 2000, {"output": {"videos": []}}),
        ("succeeded", 2000, {"error": {"code": "c", "message": "m"}}),
        ("succeeded", 0, {"cost_actual": 0}),
        ("succeeded", 0, {"status": "done"}),
        ("succeeded", 0, {"cost_estimate": "0.1"}),
        ("failed", 2000, {"error": ...}),
        ("cancelled", 2000, {"output": {"videos": [{"url": "https://example.com/a.mp4"}]}}),
        ("succeeded", 0, {"surplus": 1}),
    ],
    ids=repr,
)
def test_a_task_in_another_shape_is_not_as_described(outcome: Outcome, after_ms: int, change: Json) -> None:
    """The description is exact: what is missing, early, surplus or misspelt is told."""
    document = described(DEFAULT)
    body = orjson.loads(render(task(outcome), 10**12 + after_ms, DEFAULT, "req_2", lambda: PLATFORM))
    wrong = {name: value for name, value in (body | change).items() if value is not ...}
    validator = schema_of(document, operation(document, "getTask")["responses"]["200"])
    assert validator.is_valid(body)
    assert not validator.is_valid(wrong)


@pytest.mark.clause("D-READ")
def test_the_page_s_example_is_as_described() -> None:
    """The platform's own answer is an example of the document, and valid by it."""
    document = openapi.build(DEFAULT, PLATFORM)
    response = operation(document, "getTask")["responses"]["200"]
    example = response["content"]["application/json"]["examples"]["documented"]["value"]
    assert schema_of(document, response).is_valid(example)
    assert (example["task_id"], example["cost_actual"]) == ("task_demo_model", 0.11574)


@pytest.mark.clause("D-EVENTS", "A-EVENTS-FORMAT")
@pytest.mark.parametrize("form", ["object", "array", "sse"])
def test_events_are_as_described(form: str) -> None:
    """Events come in the described form; of a stream each block is described, and it can be resumed."""
    spoken = speaking(events_format=form)
    document = described(spoken)
    reading = operation(document, "getTaskEvents")
    (media_type,) = reading["responses"]["200"]["content"]
    validator = schema_of(document, reading["responses"]["200"], media_type)
    resumable = {"$ref": "#/components/parameters/LastEventId"} in reading["parameters"]
    assert (media_type == "text/event-stream") == resumable == (form == "sse")
    done, now_ms = task("succeeded"), 10**12 + 2000
    blocks = [sse_event(done, change).decode().splitlines()[:-1] for change in events_at(done, now_ms)]
    streamed = [dict(line.split(": ", 1) for line in block) for block in blocks]
    bodies = streamed if form == "sse" else [orjson.loads(render_events(done, now_ms, spoken))]
    assert [str(error) for body in bodies for error in validator.iter_errors(body)] == []


DETAILS = st.lists(
    st.builds(Violation, st.sampled_from(["", "/input", "/input/a~1b"]), st.just("enum"), st.just("No."))
)


@pytest.mark.clause("A-ERROR-ENVELOPE", "H-ERRORS")
@given(DIALECTS, st.sampled_from(sorted(POSSIBLE)), st.data())
def test_refusals_are_as_described(values: dict[str, Any], name: str, data: st.DataObject) -> None:
    """Every refusal an operation can give, in any dialect, has the status, type and body the document says."""
    spoken = speaking(**values)
    document = described(spoken)
    codes = set(POSSIBLE[name]) - {"idempotency_in_flight", "invalid_duration"}
    problem = Problem(data.draw(st.sampled_from(sorted(codes))), "No.", tuple(data.draw(DETAILS)))
    status, content_type, body = errors.render(problem, spoken, "req_1")
    response = operation(document, name)["responses"][str(status)]
    assert list(response["content"]) == [content_type.decode()]
    validator = schema_of(document, response, content_type.decode())
    assert [str(error) for error in validator.iter_errors(orjson.loads(body))] == []
    assert problem.refusal.clause in response["x-clauses"]


def test_every_refusal_of_the_api_is_described() -> None:
    """Only refusals of other places (control plane, faults, downloads, methods) are missing from the operations."""
    elsewhere = {code for code, refusal in REFUSALS.items() if refusal.clause.startswith("C-")} - {"unavailable"}
    elsewhere |= {code for code, refusal in REFUSALS.items() if refusal.clause == "F-FAULT"}
    elsewhere |= {"output_expired", "range_not_satisfiable", "method_not_allowed", "bad_request"}
    assert set().union(*POSSIBLE.values()) == REFUSALS.keys() - elsewhere


def test_links_lead_from_the_create_to_the_reads() -> None:
    """The task id of a create is what a read and its events take; that of a read is what its events take."""
    document = openapi.build(speaking(create_status=201), PLATFORM)
    created = operation(document, "submitTask")["responses"]["201"]["links"]
    found = operation(document, "getTask")["responses"]["200"]["links"]
    assert [link["operationId"] for link in created.values()] == ["getTask", "getTaskEvents"]
    assert [link["operationId"] for link in found.values()] == ["getTaskEvents"]
    for link in (*created.values(), *found.values()):
        assert link["parameters"] == {"task_id": "$response.body#/task_id"}


def test_whatever_is_marked_names_a_clause_and_its_grade() -> None:
    """`x-clause` is a promise that exists; `x-grade` is its grade, but that of the model where a model says it."""
    marked = [node for node in nodes(openapi.build(DEFAULT, PLATFORM)) if "x-clause" in node]
    assert len(marked) > 80
    assert {node["x-clause"] for node in marked} <= clauses().keys()
    assert all(
        node["x-grade"] == clauses()[node["x-clause"]].grade
        for node in marked
        if node["x-clause"] not in ("D-SCHEMA", "D-INPUT")
    )
