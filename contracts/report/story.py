"""A counterexample told: the life in words, and every exchange as one step with what came of it.

All texts of a story are clean (`words.clean`); who renders one has to escape them for his medium and nothing more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from string import ascii_uppercase

from contracts.obligations import _answers as answers
from contracts.obligations._story import NO_REPORT
from contracts.report import chain, words
from contracts.run import Exchange, Report, Run
from contracts.verdicts import Counterexample

LONGEST_PATH = 60
LONGEST_KEY = 20
LAST_LINES = 6
ALIKE = 3
"""More steps than these that are alike, one after the other, are told as one."""
MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange. `key` is the letter of its idempotency key, `task` counts from 1 and is None where there is one.

    `offset_ms` is the virtual time since the run began. `repeated` counts further exchanges like this one, told with
    it; `until_ms` is the offset of the last of them. `left_out` counts what came next and is not told at all.
    """

    exchange: Exchange
    offset_ms: int
    until_ms: int
    method: str
    path: str
    what: str
    fault: str | None
    key: str
    task: int | None
    task_id: str
    commits: bool
    charge: str
    is_offending: bool
    repeated: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """`life` is the chain in words; `ends` says what the client reported, and `last_words` what it wrote if it crashed.

    `keys` are the idempotency keys by letter.
    """

    life: str
    message: str
    steps: tuple[Step, ...]
    keys: Mapping[str, str]
    ends: tuple[str, ...]
    money: str
    last_words: tuple[str, ...]


def tell(found: Counterexample) -> Story:
    """The story of a counterexample."""
    run, broken = found.run, found.broken
    offending = frozenset(broken.exchanges)
    letters = _letters(run)
    return Story(
        life=chain.in_words(run, offending),
        message=words.clean(broken.message, run.api_key),
        steps=tuple(_steps(run, offending, letters)),
        keys={letter: _short(key, run) for key, letter in letters.items()},
        ends=tuple(_ends(run)),
        money=_money(run),
        last_words=tuple(line for report in run.reports for line in _last_words(report, run)),
    )


def excerpt(steps: Sequence[Step]) -> list[Step]:
    """The steps as people read them: those that are alike and follow each other are told as one, and not too many."""
    shown: list[Step] = []
    for _, group in groupby(steps, key=_alike):
        first, *more = group
        if len(more) < ALIKE:
            shown += [first, *more]
        else:
            shown.append(replace(first, until_ms=more[-1].offset_ms, repeated=len(more)))
    if len(shown) <= MOST_STEPS:
        return shown
    head, tail = shown[: MOST_STEPS // 2], shown[-MOST_STEPS // 2 :]
    left_out = len(steps) - sum(1 + step.repeated for step in (*head, *tail))
    return [*head[:-1], replace(head[-1], left_out=left_out), *tail]


def _alike(step: Step) -> tuple[object, ...]:
    return (step.method, step.path, step.what, step.fault, step.key, step.task, step.charge, step.is_offending)


def _letters(run: Run) -> dict[str, str]:
    """A letter for each idempotency key, in order of their coming."""
    keys = dict.fromkeys(key for key in map(answers.key_of, chain.in_order(run)) if key is not None)
    return {key: ascii_uppercase[index] if index < 26 else f"{index + 1}" for index, key in enumerate(keys)}


def _short(key: str, run: Run) -> str:
    return words.shortened(words.clean(key, run.api_key), LONGEST_KEY) or "(empty)"


def _steps(run: Run, offending: frozenset[int], letters: Mapping[str, str]) -> Iterator[Step]:
    charges, made = _charges(run), chain.makers(run)
    for each in chain.in_order(run):
        commits = each.seq in made
        path = f"{each.path}?{each.query}" if each.query else each.path
        offset_ms = each.at_ms - run.started_at_ms
        yield Step(
            exchange=each,
            offset_ms=offset_ms,
            until_ms=offset_ms,
            method=words.clean(each.method, run.api_key),
            path=words.shortened(words.clean(path, run.api_key), LONGEST_PATH),
            what=words.came(each, commits=commits, secret=run.api_key),
            fault=each.fault,
            key=letters.get(answers.key_of(each) or "", ""),
            task=None if each.task is None or len(run.reports) < 2 else each.task + 1,
            task_id=words.clean(each.task_id or "", run.api_key),
            commits=commits,
            charge=charges.get(each.task_id or "", "") if commits else "",
            is_offending=each.seq in offending,
        )


def _charges(run: Run) -> dict[str, str]:
    """What was taken for each task when it was created."""
    verbs = {"hold": "held", "charge": "charged"}
    entries = [entry for entry in run.ledger["entries"] if entry["type"] in verbs]
    return {entry["task_id"]: f"{Decimal(str(entry['amount']))} {verbs[entry['type']]}" for entry in entries}


def _money(run: Run) -> str:
    """What was taken in the end, net of what was given back."""
    amounts = list(chain.taken(run).values())
    if not amounts:
        return "nothing was charged"
    return f"{words.count(len(amounts), 'charge')}, {sum(amounts, Decimal(0))}"


def _ends(run: Run) -> Iterator[str]:
    for index, report in enumerate(run.reports):
        who = f"task {index + 1}: the client" if len(run.reports) > 1 else "the client"
        after = words.span(report.ended_at_ms - (report.started_at_ms or run.started_at_ms))
        yield words.clean(f"{who} {reported(report)}, after {after}", run.api_key)


def reported(report: Report) -> str:
    """What the client reported, or how it failed to."""
    if report.outcome in NO_REPORT:
        verb = {"crashed": "crashed", "hung": "hung"}.get(report.outcome, "reported nothing that can be read")
        return f"{verb}: {report.detail.removesuffix('.')}" if report.detail else verb
    about = f" {report.task_id}" if report.task_id else ""
    urls = f" with {words.count(len(report.urls), 'URL')}" if report.urls else ""
    return f"reported {report.outcome}{about}{urls}"


def _last_words(report: Report, run: Run) -> list[str]:
    if report.outcome not in NO_REPORT:
        return []
    return [words.clean(line, run.api_key) for line in report.stderr.splitlines() if line.strip()][-LAST_LINES:]
