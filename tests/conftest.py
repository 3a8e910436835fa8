"""Habits of the whole suite: derandomized properties, and the record of which clause is held by which test."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# How fast a machine is that others work on as well says nothing about the code.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")

# `mindvideo-mock clauses` reads this file (relative to the project): {"clauses": {id: {"tests", "outcome"}}}.
RECORD = Path(".pytest_cache", "clauses.json")
WORST_FIRST = ("failed", "skipped", "passed")


def pytest_configure(config: pytest.Config) -> None:
    """Only the process that gathers all reports writes the record: under xdist that is the controller."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(ClauseRecord(config.rootpath / RECORD), "clause-record")


def pytest_itemcollected(item: pytest.Item) -> None:
    """User properties travel with a test's report, from the worker that ran it to the controller."""
    for marker in item.iter_markers("clause"):
        item.user_properties.extend(("clause", clause) for clause in marker.args)


class ClauseRecord:
    """Gathers clause → node → worst outcome of set-up, call and tear-down; writes it when the session ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outcomes: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, clause in report.user_properties:
            if name == "clause":
                nodes = self.outcomes[str(clause)]
                nodes[report.nodeid] = worst((nodes.get(report.nodeid, "passed"), report.outcome))

    def pytest_sessionfinish(self) -> None:
        if self.outcomes:
            self.path.parent.mkdir(exist_ok=True)
            self.path.write_text(json.dumps({"clauses": summary(self.outcomes)}, indent=1) + "\n")


def worst(outcomes: tuple[str, ...]) -> str:
    """The outcome that a clause must answer for."""
    return min(outcomes, key=WORST_FIRST.index)


def summary(outcomes: defaultdict[str, dict[str, str]]) -> dict[str, dict[str, object]]:
    """How many tests hold each clause, how they ended, and the worst of it."""
    return {
        clause: {"tests": len(nodes), "outcome": worst(tuple(nodes.values())), **Counter(nodes.values())}
        for clause, nodes in sorted(outcomes.items())
    }
