"""What a request may hold: a body per model, and the parameters of the three operations."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from mockserver.dialect import Dialect
from mockserver.models import MEDIA_REFERENCE, Model
from mockserver.openapi.marks import marks
from mockserver.pointers import split

Json = dict[str, Any]

PIECES: dict[str, Json] = {"media_reference": {"pattern": MEDIA_REFERENCE}}
"""What an overlay may lay over a documented schema, by the name contracts/models/*.json use."""


def parameters(dialect: Dialect) -> Json:
    """The parameters, under the names the operations refer to."""
    found = {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "One unique key per business request: 1 to 255 visible ASCII characters.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            **marks("D-IDEM-REPLAY"),
        },
        "TaskId": {
            "name": "task_id",
            "in": "path",
            "required": True,
            "description": "The task_id of the answer to a create; any other is answered 404.",
            "schema": {"type": "string", "minLength": 1},
            "examples": {"documented": {"value": "task_demo_model"}},
            **marks("D-READ"),
        },
    }
    if dialect.events_format == "sse":
        found["LastEventId"] = {
            "name": "Last-Event-ID",
            "in": "header",
            "required": False,
            "description": "The stream resumes after this event.",
            "schema": {"type": "string"},
            **marks("A-EVENTS-FORMAT"),
        }
    return found


def body(catalogue: Iterable[Model]) -> Json:
    """The request body of a create, with the documented example of every model."""
    examples = {
        model.slug: {"summary": model.name, "value": {"model": model.slug, "input": model.example_input}}
        for model in catalogue
    }
    schema = {"$ref": "#/components/schemas/TaskCreate"}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}


def schemas(catalogue: Iterable[Model], dialect: Dialect) -> Json:
    """One schema per model, and the choice among them."""
    catalogue = list(catalogue)
    references = {model.slug: f"#/components/schemas/{model.slug}" for model in catalogue}
    choice = {
        "title": "Create",
        "anyOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "model", "mapping": references},
        **marks("D-CREATE"),
    }
    return {"TaskCreate": choice, **{model.slug: _create(model, dialect) for model in catalogue}}


def _create(model: Model, dialect: Dialect) -> Json:
    return {
        "type": "object",
        "title": model.name,
        "required": ["model", "input"],
        "properties": {"model": {"type": "string", "const": model.slug}, "input": _input(model, dialect)},
        "additionalProperties": False,
        "x-coverage": model.coverage,
    }


def _input(model: Model, dialect: Dialect) -> Json:
    """The published schema with its overlay; under `media_rules = "upstream"` the provider's limits as well."""
    document = model.document
    schema: Json = deepcopy(document["input_schema"]["schema"])
    for overlay in document["overlay"]:
        _lay(schema, overlay)
    schema["x-clause"] = "D-SCHEMA"
    schema["x-grade"] = document["input_schema"]["grade"]
    if dialect.media_rules == "upstream" and "upstream_schema" in document:
        schema["allOf"] = [document["upstream_schema"]["schema"] | marks("U-SCHEMA")]
    return schema


def _lay(schema: Json, overlay: Json) -> None:
    """Add a piece at a place; what the schema says already stays."""
    for part in split(overlay["at"]):
        schema = (
            schema.setdefault("items", {}) if part == "*" else schema.setdefault("properties", {}).setdefault(part, {})
        )
    for keyword, value in PIECES[overlay["apply"]].items():
        schema.setdefault(keyword, value)
    schema["x-clause"] = "D-INPUT"
    schema["x-grade"] = overlay["grade"]
