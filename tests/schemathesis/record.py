"""What one run of Schemathesis says it did: its JSON report, and the events where that is silent (links, checks)."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

OWNER = "owner"
CREATE = "POST /api/v1/tasks"


@dataclass(frozen=True, slots=True)
class Record:
    """`report` is the JSON report as it is; the rest comes from the events.

    `links` is how many the document has, `links_followed` names those that were; `checks` counts by name and status;
    `skipped` names operations that a phase left out (in the stateful one, skipped scenarios are draws without a step);
    `foreign_reads` counts (operation, status) of requests that were made with another identity than the owner's, to
    see what it is shown.
    """

    report: Json
    links: int
    links_followed: frozenset[str]
    checks: Counter[tuple[str, str]]
    skipped: tuple[str, ...]
    foreign_reads: Counter[tuple[str, int]]

    def figures(self) -> str:
        """The run in one line."""
        cases, seconds = self.report["test_cases"]["generated"], self.report["running_time"] or 0
        made = sum(rate["accepted"] for rate in self.report["valid_rates"].get(CREATE, {}).values())
        return (
            f"{cases} cases, {self.checks.total()} checks, {len(self.links_followed)} of {self.links} links, "
            f"{made} creates accepted, {self.foreign_reads.total()} foreign reads, {seconds:.0f} s"
        )


def read(report: Json, lines: Iterable[str]) -> Record:
    """The record of a run, from its report and the lines of its NDJSON events."""
    links, followed, skipped = 0, set(), []
    checks: Counter[tuple[str, str]] = Counter()
    foreign_reads: Counter[tuple[str, int]] = Counter()
    for line in lines:
        ((kind, event),) = json.loads(line).items()
        if kind == "PhaseStarted" and "payload" in event:
            links = max(links, event["payload"]["transitions_total"])
        if kind != "ScenarioFinished":
            continue
        recorded = event["recorder"]
        if event["status"] == "skip" and event["phase"] != "stateful":
            skipped.append(f"{event['phase']}: {recorded['label']}")
        for of_one_case in recorded.get("checks", {}).values():
            checks.update((check["name"], check["status"]) for check in of_one_case)
        cases = recorded.get("cases", {})
        linked = (case for case in cases.values() if "transition" in case and case["is_transition_applied"])
        followed |= {case["transition"]["id"] for case in linked}
        foreign_reads.update(_foreign(cases, recorded.get("interactions", {})))
    return Record(report, links, frozenset(followed), checks, tuple(skipped), foreign_reads)


def _foreign(cases: Json, interactions: Json) -> Iterable[tuple[str, int]]:
    for case_id, case in cases.items():
        sent = case["value"]
        if sent.get("auth_identity", OWNER) != OWNER:
            yield f"{sent['method']} {sent['path']}", interactions[case_id]["response"]["status_code"]
