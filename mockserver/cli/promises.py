"""`mindvideo-mock clauses`: every promise, who makes it, and what the last run of the tests says of it."""

import json
import sys
from pathlib import Path
from typing import Any

from mockserver.clauses import clauses
from mockserver.cli import show
from mockserver.cli.options import BadOption

RECORD = Path(".pytest_cache", "clauses.json")
"""What tests/conftest.py writes, seen from the folder of the project."""


def list_all(record: Path | None, *, as_json: bool) -> None:
    """One line for each clause."""
    results = _results(record)
    found = []
    for clause in clauses().values():
        result = results.get(clause.id, {})
        tests, outcome = result.get("tests", 0), result.get("outcome")
        found.append((clause, tests, outcome))
    if as_json:
        show.json(
            [
                {
                    "id": clause.id,
                    "grade": clause.grade,
                    "tests": tests,
                    "result": outcome,
                    "sentence": clause.sentence,
                    "source": clause.source,
                }
                for clause, tests, outcome in found
            ]
        )
        return
    rows = [(clause.id, clause.grade, tests, outcome or "-", clause.sentence) for clause, tests, outcome in found]
    show.table(("CLAUSE", "GRADE", "TESTS", "RESULT", "PROMISE"), rows)


def _results(record: Path | None) -> dict[str, dict[str, Any]]:
    """Clause → number of tests and worst outcome; empty where no run was recorded."""
    path = record or RECORD
    if record is None and not path.exists():
        print(f"mindvideo-mock: no test run is recorded here ({path}); results are left empty", file=sys.stderr)
        return {}
    try:
        results: dict[str, dict[str, Any]] = json.loads(path.read_text())["clauses"]
    except OSError as error:
        raise BadOption(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise BadOption(f"{path} is no record of a test run") from error
    return results
