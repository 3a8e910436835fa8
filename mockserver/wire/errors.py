"""A refusal in the envelope of the account's dialect. No error ever holds an API key (API.md §4)."""

from http import HTTPStatus
from typing import Any

import orjson

from mockserver.dialect import Dialect
from mockserver.problems import Problem
from mockserver.records import Violation
from mockserver.wire import redact

JSON = b"application/json"
LONGEST_PLACE = 300
PROBLEM_JSON = b"application/problem+json"


def status_of(problem: Problem, dialect: Dialect) -> int:
    """The HTTP status: fixed, or what the dialect says."""
    status = problem.refusal.status
    if isinstance(status, int):
        return status
    chosen: int = getattr(dialect, status)
    return chosen


def _place(violation: Violation) -> str:
    """Where it is; a client makes up names of any length, and the beginning of one says enough."""
    place = violation.param
    return redact.text(place if len(place) <= LONGEST_PLACE else f"{place[: LONGEST_PLACE - 1]}…")


def _detail(violation: Violation) -> dict[str, str]:
    return {
        "param": _place(violation),
        "code": violation.code,
        "message": redact.text(violation.message),
    }


def _members(problem: Problem) -> dict[str, Any]:
    """What a client may have had a hand in is redacted here, before it is JSON, so that JSON it stays."""
    members: dict[str, Any] = {
        "code": problem.code,
        "message": redact.text(problem.message),
        "type": problem.refusal.type,
    }
    if problem.details:
        members["param"] = _place(problem.details[0])
        members["details"] = [_detail(violation) for violation in problem.details]
    return members


def render(problem: Problem, dialect: Dialect, request_id: str, status: int | None = None) -> tuple[int, bytes, bytes]:
    """(status, content type, body); `status` overrules the table's."""
    status = status or status_of(problem, dialect)
    members = _members(problem)
    content_type = JSON
    answer: dict[str, Any]
    if dialect.error_envelope == "nested":
        answer = {"error": members, "request_id": request_id}
    elif dialect.error_envelope == "flat":
        del members["type"]
        answer = {**members, "request_id": request_id}
    elif dialect.error_envelope == "detail":
        answer = {"detail": members.get("details", members["message"])}
    else:
        content_type = PROBLEM_JSON
        answer = _problem_details(members, status, request_id)
    return status, content_type, orjson.dumps(answer)


def _problem_details(members: dict[str, Any], status: int, request_id: str) -> dict[str, Any]:
    """RFC 9457; the extension members `code`, `errors` and `request_id` carry what the other envelopes do."""
    answer: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": members["message"],
        "code": members["code"],
        "request_id": request_id,
    }
    if "details" in members:
        answer["errors"] = members["details"]
    return answer


def headers(problem: Problem, status: int) -> list[tuple[bytes, bytes]]:
    """The headers a refusal brings beside its body."""
    found = []
    if status == HTTPStatus.UNAUTHORIZED:
        found.append((b"www-authenticate", b"Bearer"))
    if problem.retry_after_s is not None:
        found.append((b"retry-after", b"%d" % problem.retry_after_s))
    if problem.allow is not None:
        found.append((b"allow", problem.allow.encode()))
    return found
