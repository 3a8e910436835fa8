"""Standard output and standard error hold no API key."""

from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.run import Report, Run

LEVEL = "M"
SOURCE = "D-KEYS-SERVER"


def _texts(report: Report) -> list[tuple[str, str]]:
    urls = " ".join(report.urls)
    said = f"{report.message or ''} {report.task_id or ''} {urls}"
    return [("standard output", report.stdout), ("standard error", report.stderr), ("the report", said)]


def exercised(run: Run) -> bool:
    return any(text.strip() for report in run.reports for _, text in _texts(report))


def check(run: Run) -> Iterator[Broken]:
    for report in run.reports:
        for place, text in _texts(report):
            if run.api_key in text:
                yield Broken(f"The API key shows in {place}.")
