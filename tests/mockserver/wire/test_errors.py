"""A refusal in every envelope of the dialect (API.md §2, §4)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.dialect import DEFAULT, Dialect, as_json, merge
from mockserver.problems import REFUSALS, Problem
from mockserver.records import Violation
from mockserver.wire import errors
from tests.asgi import dialect
from tests.strategies import API_KEYS, DIALECT_CHANGES

DETAILS = (
    Violation("/input/mode", "enum", "'mode' must be one of std, pro."),
    Violation("/input/x~1y", "additional_properties", "'input' has a member that is unknown here."),
)
WRONG = Problem("invalid_input", DETAILS[0].message, DETAILS)
SHOWN = [
    {"param": "/input/mode", "code": "enum", "message": "'mode' must be one of std, pro."},
    {
        "param": "/input/x~1y",
        "code": "additional_properties",
        "message": "'input' has a member that is unknown here.",
    },
]


@pytest.mark.clause("A-ERROR-ENVELOPE", "H-ERRORS")
@pytest.mark.parametrize(
    ("envelope", "body"),
    [
        (
            "nested",
            {
                "error": {
                    "code": "invalid_input",
                    "message": "'mode' must be one of std, pro.",
                    "type": "invalid_request_error",
                    "param": "/input/mode",
                    "details": SHOWN,
                },
                "request_id": "req_1",
            },
        ),
        (
            "flat",
            {
                "code": "invalid_input",
                "message": "'mode' must be one of std, pro.",
                "param": "/input/mode",
                "details": SHOWN,
                "request_id": "req_1",
            },
        ),
        ("detail", {"detail": SHOWN}),
        (
            "problem",
            {
                "type": "about:blank",
                "title": "Bad Request",
                "status": 400,
                "detail": "'mode' must be one of std, pro.",
                "code": "invalid_input",
                "request_id": "req_1",
                "errors": SHOWN,
            },
        ),
    ],
)
def test_envelopes(envelope: str, body: dict[str, Any]) -> None:
    """Each names what is wrong and where, all of it, in its own way."""
    status, content_type, text = errors.render(WRONG, dialect(error_envelope=envelope), "req_1")
    assert (status, json.loads(text)) == (400, body)
    assert content_type == (b"application/problem+json" if envelope == "problem" else b"application/json")


@pytest.mark.clause("A-ERROR-ENVELOPE")
@pytest.mark.parametrize(
    ("envelope", "body"),
    [
        (
            "nested",
            {"error": {"code": "not_found", "message": "No.", "type": "not_found_error"}, "request_id": "req_1"},
        ),
        ("flat", {"code": "not_found", "message": "No.", "request_id": "req_1"}),
        ("detail", {"detail": "No."}),
        (
            "problem",
            {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "No.",
                "code": "not_found",
                "request_id": "req_1",
            },
        ),
    ],
)
def test_envelopes_without_details(envelope: str, body: dict[str, Any]) -> None:
    """Where there is no place to name, none is named."""
    status, _, text = errors.render(Problem("not_found", "No."), dialect(error_envelope=envelope), "req_1")
    assert (status, json.loads(text)) == (404, body)


@pytest.mark.clause("A-VALIDATION-STATUS", "A-UNKNOWN-MODEL-STATUS", "A-DISABLED-KEY-STATUS", "A-NO-BALANCE")
@given(st.sampled_from(sorted(REFUSALS)), DIALECT_CHANGES)
def test_every_refusal_in_every_dialect(code: str, changes: dict[str, object]) -> None:
    """The status is the fixed one or the setting's; the message is always found in the body."""
    spoken = merge(DEFAULT, changes)
    assert isinstance(spoken, Dialect)
    problem = Problem(code, "What is wrong.", retry_after_s=7, allow="GET")
    status, _, text = errors.render(problem, spoken, "req_1")
    fixed = REFUSALS[code].status
    assert status == (fixed if isinstance(fixed, int) else as_json(spoken)[fixed])
    assert "What is wrong." in json.dumps(json.loads(text))
    headers = dict(errors.headers(problem, status))
    assert headers[b"retry-after"] == b"7"
    assert headers[b"allow"] == b"GET"
    assert (headers.get(b"www-authenticate") == b"Bearer") == (status == 401)


def test_headers_that_are_not_needed() -> None:
    """A refusal that has no `Retry-After` or `Allow` to give has neither header."""
    assert errors.headers(Problem("not_found", "No."), 404) == []


@pytest.mark.clause("H-NO-ECHO")
@given(API_KEYS, st.sampled_from(["nested", "flat", "detail", "problem"]), st.sampled_from(["{}", "%22{}%22", '"{}\\']))
def test_no_error_holds_a_key(key: str, envelope: str, form: str) -> None:
    """A member's name, or a message, that spells a key is cut, and the body stays JSON."""
    encoded = "".join(f"%{ord(each):02x}" for each in key)
    named = tuple(Violation(f"/input/{form.format(each)}", "enum", f"No {key}.") for each in (key, encoded))
    _, _, text = errors.render(Problem("invalid_input", f"No {key}.", named), dialect(error_envelope=envelope), "r")
    assert key not in json.dumps(json.loads(text))
    assert encoded not in text.decode()


@pytest.mark.clause("H-ERRORS")
def test_a_name_of_any_length_is_cut() -> None:
    """The beginning of what a client made up says enough."""
    long = Violation(f"/{'x' * 10**6}", "additional_properties", "No.")
    _, _, text = errors.render(Problem("invalid_request", "No.", (long,)), DEFAULT, "req_1")
    assert json.loads(text)["error"]["param"] == f"/{'x' * 298}…"
