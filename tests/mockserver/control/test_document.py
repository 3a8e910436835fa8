"""The control plane's own OpenAPI document says what the control plane does."""

from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from mockserver import openapi
from mockserver.control import shapes
from mockserver.control.plane import ROUTES, build
from mockserver.dialect import DEFAULT, as_json
from mockserver.settings import Settings
from tests.asgi import HOST, Caller, dialect
from tests.mockserver.control.desk import Desk, desk, document, hold, operations, validator

VARIABLE = {"account", "key", "task_id", "exchange_id", "name", "fault_id", "snapshot"}


async def test_the_document_is_a_document() -> None:
    """It is valid OpenAPI 3.1, the same each time, and whole: every route of the control plane is in it."""
    made = Desk()
    found = await made.get("/_mock/openapi.json")
    validate(found)
    assert found == await made.get("/_mock/openapi.json?v=2") == document()
    listed = {(method, path) for method, path, _ in operations()}
    pages = {("GET", "/docs"), ("GET", "/_mock/docs"), ("GET", "/_mock/docs/{name}")}
    assert listed == {(route.method, route.path) for route in ROUTES} - pages


def test_every_operation_says_what_it_is_for() -> None:
    """A summary that is a sentence, a name of its own, a subject, its places, and how it refuses."""
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)
    for _, path, operation in operations():
        assert operation["summary"].endswith(".")
        assert len(operation["tags"]) == 1
        places = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
        assert places == {name for name in VARIABLE if f"{{{name}}}" in path}
        assert operation["responses"]["4XX"]["content"]["application/json"]["schema"]["$ref"].endswith("/Error")


BODIES: list[tuple[str, dict[str, Any], bool]] = [
    ("NewAccount", {}, True),
    ("NewAccount", {"balance": 2.5, "seed": 3, "dialect": {"create_status": 202}}, True),
    ("NewAccount", {"clock": {"mode": "frozen", "now": "2026-05-05T05:05:05Z"}, "plan": {"queue": [{}]}}, True),
    ("NewAccount", {"balance": None}, False),
    ("NewAccount", {"dialect": {"create_status": 299}}, False),
    ("NewAccount", {"dialect": {"x": 1}}, False),
    ("NewAccount", {"faults": []}, True),
    ("NewAccount", {"webhooks": []}, False),
    ("Clock", {"mode": None}, False),
    ("Clock", {"speed": 0}, True),
    ("Advance", {}, False),
    ("Advance", {"seconds": 1, "until": "next"}, False),
    ("Advance", {"until": "idle"}, True),
    ("Topup", {"amount": 0}, False),
    ("Topup", {"amount": 0.00001}, True),
    ("Media", {"url": "https://a.example/", "facts": {"kind": "video", "duration_s": 0.5}}, True),
    ("Media", {"url": "https://a.example/"}, False),
    ("Media", {"url": "https://a.example/", "facts": {"kind": "video", "duration_s": 0}}, False),
    ("Plan", {"timing": "fast", "queue": [{"timing": "slow"}]}, False),
    ("Override", {"outcome": "failed", "code": "x"}, True),
    ("Override", {"outcome": "stuck"}, False),
    ("KeyState", {"state": "active"}, True),
    ("Snapshot", {}, False),
]


@pytest.mark.parametrize(("name", "body", "is_good"), BODIES)
def test_schemas_say_what_the_shapes_do(name: str, body: dict[str, Any], is_good: bool) -> None:
    """What the document lets through is taken, what it forbids is refused."""
    assert validator(f"#/components/schemas/{name}Request").is_valid(body) is is_good
    if "dialect" not in body:
        try:
            getattr(shapes, name).model_validate(body)
        except ValueError:
            assert not is_good
        else:
            assert is_good


async def test_the_dialect_is_described() -> None:
    """Every setting with its values; the account's own dialect is one of those described."""
    settings = document()["components"]["schemas"]["SettingsRequest"]["properties"]
    assert {name: schema["default"] for name, schema in settings.items()} == as_json(DEFAULT)
    made = await desk(dialect={"rate_limit": "3/60", "output_ttl_s": 0.5, "concurrency_limit": 3})
    patched = await made.get("dialect")
    assert validator("#/components/schemas/SettingsRequest").is_valid(patched)
    for name, bad in (("rate_limit", "0/60"), ("output_ttl_s", "soon"), ("duration_tolerance_ms", 0.5)):
        assert not validator("#/components/schemas/SettingsRequest").is_valid({name: bad})


def test_no_null_is_offered() -> None:
    """A member that may be left out has no null among its values, and none as its default."""
    for name, schema in document()["components"]["schemas"].items():
        if name.endswith("Request"):
            assert "None" not in str(schema)
            assert "'type': 'null'" not in str(schema)


@pytest.mark.clause("C-HEALTH")
async def test_health_is_described_as_it_is() -> None:
    """The control plane would answer as the application does in its place."""
    made = Desk()
    exchange = made.caller.exchange("GET", "/_mock/health")
    await build(made.caller.service)(exchange.scope, exchange.receive, exchange.send)
    reply = exchange.reply()
    assert reply is not None
    hold("GET", "/_mock/health", reply)
    assert (reply.status, reply.json) == (200, (await made.get("/_mock/health")))


async def test_the_public_document() -> None:
    """It is the contract's, in the server's own dialect, with the URL that the client called."""
    spoken = dialect(create_status=202, events_format="sse")
    found = await Desk(Settings(dialect=spoken)).get("/openapi.json")
    assert found == openapi.build(spoken, f"http://{HOST}")
    for url in ("https://mock.example/", "https://mock.example"):
        found = await Desk(Settings(public_url=url)).get("/openapi.json")
        assert found["servers"] == [{"url": "https://mock.example"}]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("a.example", "http://a.example"),
        ("[::1]:80", "http://[::1]:80"),
        ("evil.example/path?", "http://127.0.0.1:8000"),
        ("mv_live_x.example", "http://127.0.0.1:8000"),
        ("", "http://127.0.0.1:8000"),
        ("a" * 400, "http://127.0.0.1:8000"),
    ],
)
async def test_the_server_is_named_as_the_client_knows_it(host: str, url: str) -> None:
    """A Host header that is none, or holds a key, is not repeated."""
    reply = await Caller().request("GET", "/openapi.json", headers={"host": host}, key=None)
    assert reply.json["servers"] == [{"url": url}]


def test_validator_is_strict() -> None:
    """The judge of all the other tests' answers refuses what the document does not promise."""
    judge = validator("#/components/schemas/Clock")
    assert judge.is_valid({"mode": "real", "speed": 1, "now": "2026-03-01T12:00:00.000Z"})
    for bad in ({"mode": "real", "speed": 1, "now": "2026-03-01"}, {"mode": "x", "speed": 1}, {}):
        with pytest.raises(jsonschema_rs.ValidationError):
            judge.validate(bad)
