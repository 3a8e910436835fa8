"""The control plane's own OpenAPI document: FastAPI's, and what its dependencies take, which FastAPI cannot see."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from mockserver import __version__
from mockserver.control.intake import Asked, Sent, Uploaded
from mockserver.control.route import Route
from mockserver.dialect import MAX_COUNT, MAX_SECONDS, Setting, settings

Json = dict[str, Any]

TITLE = "mindvideo-mock: control plane"
DESCRIPTION = (
    "What a dashboard's user, a test and an operator can do to the fake; none of it exists on the real platform. "
    "`{account}` is an account id, or any key of the account. Times are ISO 8601 in UTC, durations seconds, "
    "money goes in as a number and comes out as a decimal string."
)
SUFFIX = "Request"
"""Tells the schemas of bodies from those of answers."""


@cache
def describe(app: FastAPI, *, is_guarded: bool) -> Json:
    """The document of the control plane; with `is_guarded` it asks for the admin token."""
    routes: tuple[Route, ...] = app.state.routes
    document = get_openapi(
        title=TITLE, version=__version__, openapi_version="3.1.0", description=DESCRIPTION, routes=app.routes
    )
    schemas = document["components"]["schemas"]
    described = [(route, document["paths"][route.path][route.method.lower()]) for route in routes]
    sent = {each.model for route in routes for each in route.dependencies if isinstance(each, Sent)}
    for route, operation in described:
        for asked in route.dependencies:
            if isinstance(asked, Sent):
                content = {"schema": {"$ref": f"#/components/schemas/{asked.model.__name__}{SUFFIX}"}}
                body = {"required": not asked.is_optional, "content": {"application/json": content}}
                operation["requestBody"] = body
            elif isinstance(asked, Uploaded):
                file = {"schema": {"type": "string", "description": "A snapshot file, gzipped or not."}}
                operation["requestBody"] = {"required": True, "content": {asked.media_type: file}}
            elif isinstance(asked, Asked):
                operation.setdefault("parameters", []).extend(_parameters(asked.model))
    settled = dict(_settings())
    schemas |= _bodies(sent)
    schemas[f"Settings{SUFFIX}"] |= {"properties": settled, "additionalProperties": False}
    schemas["Dialect"] |= {"properties": settled, "required": list(settled)}
    if is_guarded:
        document["components"]["securitySchemes"] = {"adminToken": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"adminToken": []}]
    return document


def _bodies(models: Iterable[type[BaseModel]]) -> Json:
    """The schemas of what is taken, by name."""
    template = f"#/components/schemas/{{model}}{SUFFIX}"
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schema = models_json_schema([(model, "validation") for model in ordered], ref_template=template)
    return {f"{name}{SUFFIX}": _readable(found) for name, found in schema["$defs"].items()}


def _readable(schema: Json) -> Json:
    """Without titles that repeat a name, and without the defaults of members that are better left out."""
    for member in schema.get("properties", {}).values():
        member.pop("title", None)
        if member.get("default") in (None, {}) or "$ref" in member:
            member.pop("default", None)
    return schema


def _parameters(model: type[BaseModel]) -> Iterator[Json]:
    for name, schema in _readable(model.model_json_schema())["properties"].items():
        more = {"description": schema.pop("description")} if "description" in schema else {}
        yield {"name": name, "in": "query", "required": False, "schema": schema, **more}


def _settings() -> Iterator[tuple[str, Json]]:
    """Every setting of the dialect, with what it takes and why its default is the default."""
    for setting in settings():
        yield setting.name, {**_values(setting), "description": setting.why, "default": setting.default}


def _values(setting: Setting) -> Json:
    if setting.form == "count":
        return {"anyOf": [{"const": "none"}, {"type": "integer", "minimum": 1, "maximum": MAX_COUNT}]}
    if setting.form == "rate":
        return {"type": "string", "pattern": r"^(none|[1-9][0-9]{0,8}/[0-9]{1,9}(\.[0-9]{1,3})?)$"}
    if setting.form == "seconds":
        return {"anyOf": [{"const": "never"}, {"type": "number", "minimum": 0, "maximum": MAX_SECONDS}]}
    if setting.form == "milliseconds":
        return {"type": "integer", "minimum": 0, "maximum": MAX_COUNT}
    return {"enum": list(setting.variants)}
