"""A check as JSON: `{"version": 1, "verdict", "lives", "seconds", "obligations": [...]}` (HARNESS.md §4)."""

import json
from typing import Any

from contracts.report import words
from contracts.report.story import Step, tell
from contracts.verdicts import Result, Ruling

VERSION = 1


def build(result: Result) -> dict[str, Any]:
    """The document. It holds no API key."""
    return {
        "version": VERSION,
        "verdict": result.verdict,
        "client": words.clean(result.client),
        "lives": result.lives,
        "seconds": result.seconds,
        "seed": result.seed,
        "strict": result.strict,
        "cost": str(result.cost),
        "errors": [words.clean(error) for error in result.errors],
        "obligations": [_obligation(result, ruling) for ruling in result.rulings],
    }


def render(result: Result) -> str:
    """The document as it is written: ASCII alone, so that no reader can take it for another encoding."""
    return json.dumps(build(result), indent=2) + "\n"


def _obligation(result: Result, ruling: Ruling) -> dict[str, Any]:
    """`life` and what follows it are null where nothing was broken; `exchanges` are those of the whole run."""
    obligation, found = ruling.obligation, ruling.counterexample
    told = None if found is None else tell(found)
    return {
        "id": obligation.id,
        "level": obligation.level,
        "verdict": ruling.word,
        "judged": ruling.judged,
        "message": told.message if told else words.clean(ruling.message),
        "life": told.life if told else None,
        "exchanges": [_exchange(step) for step in told.steps] if told else [],
        "token": found.token if found else None,
        "promise": obligation.promise,
        "source": obligation.source,
        "fails": result.is_failure(ruling),
        "known": None if ruling.known is None else words.clean(ruling.known),
        "readings": [words.clean(reading) for reading in ruling.readings],
        "agreement": None if found is None else {"broken": found.agreement[0], "runs": found.agreement[1]},
        "ends": list(told.ends) if told else [],
    }


def _exchange(step: Step) -> dict[str, Any]:
    each = step.exchange
    return {
        "seq": each.seq,
        "offset_ms": step.offset_ms,
        "operation": each.operation,
        "task": each.task,
        "method": step.method,
        "path": step.path,
        "status": each.status,
        "what": step.what,
        "fault": step.fault,
        "key": step.key or None,
        "task_id": step.task_id or None,
        "commits": step.commits,
        "offending": step.is_offending,
    }
