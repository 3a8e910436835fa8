"""The JSON document and the JUnit one."""

import json
from itertools import chain
from typing import Any
from xml.etree import ElementTree as xml

import jsonschema_rs
import pytest

from contracts.lives import from_token
from contracts.report import document, junit
from contracts.verdicts import Result
from tests.contracts.report.results import (
    PAID_TWICE,
    SECRETS,
    found,
    mixed,
    poisoned,
    result,
    ruling,
)

TEXT, WHOLE, TRUTH = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}
NULLABLE = {"type": ["string", "null"]}


def closed(**members: Any) -> dict[str, Any]:
    """An object that has all these members and no other."""
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


EXCHANGE = closed(
    seq=WHOLE,
    offset_ms=WHOLE,
    operation={"enum": ["create", "read", "events", "download", "none"]},
    task={"type": ["integer", "null"]},
    method=TEXT,
    path=TEXT,
    status={"type": ["integer", "null"]},
    what=TEXT,
    fault=NULLABLE,
    key=NULLABLE,
    task_id=NULLABLE,
    commits=TRUTH,
    offending=TRUTH,
)
OBLIGATION = closed(
    id={"pattern": "^[KRPXSL][0-9]+$"},
    level={"enum": ["M", "S", "P"]},
    verdict={"enum": ["PASS", "FAIL", "WARN", "NOT_EXERCISED", "INCONCLUSIVE", "HARNESS_ERROR"]},
    judged=WHOLE,
    message=TEXT,
    life=NULLABLE,
    exchanges={"type": "array", "items": EXCHANGE},
    token={"type": ["string", "null"], "pattern": "^mv1\\."},
    promise=TEXT,
    source=TEXT,
    fails=TRUTH,
    known=NULLABLE,
    readings={"type": "array", "items": TEXT},
    agreement={"anyOf": [{"type": "null"}, closed(broken=WHOLE, runs=WHOLE)]},
    ends={"type": "array", "items": TEXT},
)
SCHEMA = closed(
    version={"const": 1},
    verdict={"enum": ["pass", "fail", "error"]},
    client=TEXT,
    lives=WHOLE,
    seconds={"type": "number"},
    seed={"type": "integer"},
    strict=TRUTH,
    cost={"pattern": "^[0-9]+(\\.[0-9]+)?$"},
    errors={"type": "array", "items": TEXT},
    obligations={"type": "array", "items": OBLIGATION},
)


@pytest.mark.parametrize("made", [result(), mixed(), poisoned()], ids=["empty", "mixed", "poisoned"])
def test_schema(made: Result) -> None:
    """Whatever was found, the document has the members that are promised, and no other."""
    jsonschema_rs.validator_for(SCHEMA).validate(json.loads(document.render(made)))


def test_document() -> None:
    """It says what was found; the token brings the life back."""
    made = document.build(mixed())
    assert (made["version"], made["verdict"], made["lives"], made["seconds"]) == (1, "fail", 200, 12.34)
    by_id = {each["id"]: each for each in made["obligations"]}
    k6 = by_id["K6"]
    assert (k6["level"], k6["verdict"], k6["judged"], k6["fails"]) == ("M", "FAIL", 12, True)
    assert k6["life"] == "POST → connection lost after commit → POST with another key → charged twice, 0.23148"
    assert from_token(k6["token"]) == PAID_TWICE.life
    assert [each["offending"] for each in k6["exchanges"]] == [True, True, False, False]
    assert k6["agreement"] == {"broken": 2, "runs": 3}
    assert by_id["K3"] | {"promise": "", "source": ""} == {
        **dict.fromkeys(("life", "token", "known", "agreement")),
        "id": "K3",
        "level": "M",
        "verdict": "PASS",
        "judged": 100,
        "message": "",
        "fails": False,
        "exchanges": [],
        "readings": [],
        "ends": [],
        "promise": "",
        "source": "",
    }
    assert (by_id["P15"]["known"], by_id["P15"]["fails"]) == ("ticket 12", False)
    assert by_id["R5"]["message"] == "It was broken once, and not again."


def cases(made: Result) -> dict[str, xml.Element]:
    """The test cases of the JUnit document, by the first word of their names."""
    root = xml.fromstring(junit.render(made).encode())
    return {case.attrib["name"].split()[0]: case for case in root.iter("testcase")}


def test_junit() -> None:
    """One case for each obligation: what fails the check as failure, what was not judged or is known as skipped."""
    tags = {name: [child.tag for child in case] for name, case in cases(mixed()).items()}
    assert tags == {
        "K2": ["failure"],
        "K3": [],
        "K5": ["failure"],
        "K6": ["failure"],
        "R4": ["failure"],
        "R5": ["skipped"],
        "P6": ["system-out"],
        "P15": ["skipped"],
        "S3": ["skipped"],
        "L2": ["failure"],
    }
    failure = cases(mixed())["K6"][0]
    assert failure.attrib == {"message": "One task was wanted, 2 are charged: 0.11574 and 0.11574.", "type": "FAIL"}
    text = failure.text or ""
    assert "\n▶ +1.000 s  POST …/tasks" in text
    assert text.endswith(f"mindvideo-mock replay {found(PAID_TWICE, 'K6').token} --command 'node client.mjs'")
    assert (cases(mixed())["P6"][0].text or "").startswith("WARN\nP6: ")
    assert cases(mixed())["S3"][0].attrib == {"message": "No life put it to the test."}


def test_junit_counts() -> None:
    """The suite's figures are those of its cases."""
    suite = xml.fromstring(junit.render(mixed()))[0]
    assert {name: suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "10",
        "failures": "5",
        "errors": "0",
        "skipped": "3",
    }


def test_junit_errors() -> None:
    """What was wrong with the harness is an error, no failure of the client's."""
    made = result(ruling("K2", "HARNESS_ERROR"), errors=("The fake charged twice.",))
    found = cases(made)
    assert [child.tag for child in chain(found["K2"], found["harness"])] == ["error", "error"]
    assert found["harness"][0].attrib["message"] == "The fake charged twice."


@pytest.mark.parametrize("render", [document.render, junit.render], ids=["document", "junit"])
def test_no_key(render: Any) -> None:
    """No report holds an API key or a control character, whoever said it, and each can be encoded."""
    text = render(poisoned())
    for secret in SECRETS:
        assert secret not in text
    assert text.replace("\n", "").isprintable()
    assert text.encode()
    xml.fromstring(junit.render(poisoned()))
