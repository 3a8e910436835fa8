"""Schemathesis finds nothing against the real server, and would find something if there were something."""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.schemathesis.record import CREATE, Record
from tests.schemathesis.run import CONFIG, PHASES, every_outcome, run
from tests.schemathesis.verdict import CHECKS, READS, complaints
from tests.serving import ROOT, serving


@pytest.mark.clause("D-CREATE", "D-READ", "D-EVENTS", "D-AUTH", "D-SCHEMA", "H-NOT-FOUND", "H-METHOD")
def test_one_seed_is_clean(tmp_path: Path) -> None:
    """Every phase and check of one seed, with few examples: all of it ran, and nothing was found."""
    with serving() as base_url:
        every_outcome(base_url)
        ended = run(base_url, seed=1, examples=10, folder=tmp_path)
    assert list(complaints(ended.record, PHASES)) == [], ended.printed
    assert ended.exit_code == 0


@contextmanager
def leaky() -> Iterator[str]:
    """The base URL of the server with the hole."""
    command = [sys.executable, "-m", "uvicorn", "tests.schemathesis.leaky:app", "--port", "0", "--no-access-log"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield next(found[0] for line in process.stderr if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        finally:
            process.terminate()
            process.communicate(timeout=10)


def test_a_stranger_who_may_read_is_found(tmp_path: Path) -> None:
    """The same configuration against a server that shows the owner's tasks to the stranger: both reads are reported."""
    with leaky() as base_url:
        ended = run(base_url, seed=1, examples=10, folder=tmp_path, phases=("stateful",))
    assert ended.exit_code == 1
    (failure,) = ended.record.report["failures"]
    assert failure["type"] == "ObjectLevelAuthorizationViolation"
    assert ended.record.checks["object_level_authorization", "failure"] > 0
    assert {f"a stranger got 200 from {read}" for read in READS} <= set(complaints(ended.record, ("stateful",)))


def test_configuration_leaves_nothing_out() -> None:
    """No check and no operation is switched off; statuses are allowed beyond success for 402, 409 and 429 alone."""
    config = tomllib.loads(CONFIG.read_text())
    assert set(config["checks"]) == {"max_response_time"}
    assert "phases" not in config
    assert config["warnings"] == {"fail-on": True}
    (create,) = config["operations"]
    assert create.pop("include-operation-id") == "submitTask"
    assert create.pop("generation") == {"with-security-parameters": False}
    assert create == {"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 402, 409, 429]}}}


def innocent() -> Record:
    """The record of a run that was whole and clean."""
    report = {
        "stop_reason": "completed",
        "complete": True,
        "exit_code": 0,
        "running_time": 60.5,
        "operations": {"total": 3, "selected": 3, "tested": 3, "errored": 0, "skipped": 0, "skip_reasons": []},
        "phases": {phase: {"status": "success", "skip_reason": None} for phase in PHASES},
        "test_cases": {"generated": 3000, "with_failures": 0, "unique_failures": 0, "errored": 0},
        "failures": [],
        "errors": [],
        "baseline": None,
        "filtered": 0,
        "warnings": {"missing_auth": [], "low_valid_rate": []},
        "valid_rates": {CREATE: {"coverage": {"accepted": 900}, "fuzzing": {"accepted": 100}}},
    }
    checks = Counter({(name, "success"): 3000 for name in CHECKS})
    return Record(report, 3, frozenset("abc"), checks, (), Counter({(read, 404): 1 for read in READS}))


def test_verdict_on_an_innocent() -> None:
    """A whole and clean run gives no reason to complain, and its figures fit a line."""
    assert list(complaints(innocent(), PHASES)) == []
    assert innocent().figures() == (
        "3000 cases, 45000 checks, 3 of 3 links, 1000 creates accepted, 2 foreign reads, 60 s"
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"exit_code": 1}, "exit code 1"),
        ({"complete": False, "stop_reason": "error", "operations": None}, "the run did not come to its end: error"),
        ({"stop_reason": "max_time"}, "the run did not come to its end: max_time"),
        ({"failures": [{"title": "Server error", "count": 2}]}, "failures: Server error (2)"),
        ({"errors": [{"title": "Network", "count": 1}]}, "errors: Network (1)"),
        ({"warnings": {"low_valid_rate": ["x"]}}, "warning: low_valid_rate: ['x']"),
        ({"filtered": 1}, "failures were filtered out, or compared to a baseline"),
        ({"baseline": {"known": 1}}, "failures were filtered out, or compared to a baseline"),
        ({"phases": {"examples": {"status": "success", "skip_reason": None}}}, "not every phase ended well"),
        ({"operations": {"total": 3, "selected": 3, "tested": 2, "errored": 0, "skipped": 0}}, "not all operations"),
        ({"operations": {"total": 3, "selected": 2, "tested": 2, "errored": 0, "skipped": 0}}, "not all operations"),
        ({"operations": {"total": 3, "selected": 3, "tested": 3, "errored": 0, "skipped": 1}}, "operations or cases"),
        ({"test_cases": {"errored": 1}}, "operations or cases were skipped, or ended in an error"),
        ({"valid_rates": {CREATE: {"coverage": {"accepted": 0}}}}, "no create was accepted in coverage"),
    ],
)
def test_verdict_on_reports(change: dict[str, Any], complaint: str) -> None:
    """Each thing that a report can confess is complained about, and that alone."""
    culprit = replace(innocent(), report=deepcopy(innocent().report) | change)
    (said,) = complaints(culprit, PHASES)
    assert said.startswith(complaint)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"links_followed": frozenset("ab")}, ["2 of 3 links were followed"]),
        ({"links": 0, "links_followed": frozenset()}, ["0 of 0 links were followed"]),
        ({"skipped": ("examples: GET /x",)}, ["skipped: examples: GET /x"]),
        ({"foreign_reads": Counter()}, [f"no stranger tried {read}" for read in READS]),
        (
            {"foreign_reads": Counter({(READS[0], 404): 1, (READS[1], 404): 1, (READS[1], 200): 1})},
            [f"a stranger got 200 from {READS[1]}"],
        ),
        ({"checks": innocent().checks + Counter({("ignored_auth", "failure"): 1})}, ["ignored_auth: failure"]),
        (
            {"checks": Counter({(name, "success"): 1 for name in CHECKS - {"use_after_free"}})},
            ["never checked: use_after_free"],
        ),
    ],
)
def test_verdict_on_events(change: dict[str, Any], said: list[str]) -> None:
    """Each thing that the events show to be missing is complained about, and that alone."""
    assert list(complaints(replace(innocent(), **change), PHASES)) == said
