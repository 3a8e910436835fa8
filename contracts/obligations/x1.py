"""Unknown extra fields change nothing, nor does their order, nor a `null` in place of what is not there."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "A-EXTRA-FIELDS: an additive change breaks nobody"

ADDITIVE = frozenset({"extra_fields", "reordered_fields", "null_fields"})


def _cases(run: Run) -> Iterator[tuple[int, Exchange]]:
    is_whole_dialect = run.life.dialect.get("extra_fields") == "some"
    for task in _story.tasks(run):
        for step in run.steps[task]:
            if step.fault in ADDITIVE or (is_whole_dialect and step.fault is None):
                yield task, step


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, step in _cases(run):
        wrong = _story.derailed(run, task, step)
        if wrong is not None:
            yield Broken(f"An additive change of the answer put the client off: {wrong}.", (step.seq,))
