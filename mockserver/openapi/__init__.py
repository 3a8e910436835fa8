"""The public API as an OpenAPI 3.1 document, built from the contract's data: it says what one dialect answers."""

from typing import Any

import orjson

from mockserver import models
from mockserver.clauses import clauses
from mockserver.dialect import Dialect
from mockserver.openapi import answers, refusals, requests
from mockserver.openapi.marks import marks

__all__ = ["build", "render"]

Json = dict[str, Any]

DESCRIPTION = (
    "Asynchronous generation tasks: submit one, poll it until its status is terminal, fetch its output. "
    "`x-grade` tells who says each thing: documented (the platform), upstream (the provider behind a model), "
    "assumed (nobody: a decision that a dialect can change). `x-clause` names the promise."
)


def build(dialect: Dialect, server_url: str) -> Json:
    """The document of a server that speaks this dialect."""
    catalogue = [model for slug in models.slugs() if (model := models.get(slug)) is not None]
    return {
        "openapi": "3.1.0",
        "info": {"title": "MindVideo API", "version": "v1", "description": DESCRIPTION},
        "servers": [{"url": server_url}],
        "security": [{"apiKey": []}],
        "tags": [{"name": "Tasks", "description": "Submit a task, read it, read its events."}],
        "paths": {
            "/api/v1/tasks": {"post": _submit(dialect, catalogue)},
            "/api/v1/tasks/{task_id}": {"get": _read(dialect)},
            "/api/v1/tasks/{task_id}/events": {"get": _events(dialect)},
        },
        "components": {
            "securitySchemes": {"apiKey": _security()},
            "parameters": requests.parameters(dialect),
            "headers": answers.headers(),
            "schemas": {
                **requests.schemas(catalogue, dialect),
                **answers.schemas(dialect),
                **refusals.schemas(dialect),
            },
        },
    }


def render(document: Json) -> bytes:
    """The document as the file `contracts/openapi.json` holds it."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _security() -> Json:
    sentence = clauses()["D-AUTH"].sentence
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "mv_live_xxx",
        "description": sentence,
        **marks("D-AUTH"),
    }


def _operation(clause: str, operation_id: str, summary: str) -> Json:
    described = {"summary": summary, "description": clauses()[clause].sentence}
    return {"operationId": operation_id, "tags": ["Tasks"], **described, **marks(clause)}


def _submit(dialect: Dialect, catalogue: list[models.Model]) -> Json:
    created = answers.task("The task, as a read would show it.", "D-CREATE")
    created["headers"] = answers.created_headers(dialect)
    created["links"] = _links("getTask", "getTaskEvents")
    return {
        **_operation("D-CREATE", "submitTask", "Submit a task"),
        "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
        "requestBody": requests.body(catalogue),
        "responses": {str(dialect.create_status): created, **refusals.responses("submitTask", dialect)},
    }


def _read(dialect: Dialect) -> Json:
    found = answers.task("The task as it is now.", "D-READ")
    found["links"] = _links("getTaskEvents")
    return {
        **_operation("D-READ", "getTask", "Read a task"),
        "parameters": [{"$ref": "#/components/parameters/TaskId"}],
        "responses": {"200": found, **refusals.responses("getTask", dialect)},
    }


def _events(dialect: Dialect) -> Json:
    resumed = [{"$ref": "#/components/parameters/LastEventId"}] if dialect.events_format == "sse" else []
    return {
        **_operation("D-EVENTS", "getTaskEvents", "Read a task's events"),
        "parameters": [{"$ref": "#/components/parameters/TaskId"}, *resumed],
        "responses": {"200": answers.events(dialect), **refusals.responses("getTaskEvents", dialect)},
    }


def _links(*operation_ids: str) -> Json:
    """The task id of this answer is what those operations take."""
    task_id = {"task_id": "$response.body#/task_id"}
    return {f"{name[0].upper()}{name[1:]}": {"operationId": name, "parameters": task_id} for name in operation_ids}
