"""A check on a terminal: the table of obligations, a paragraph for each that was broken, and a line that sums it up.

Colours only on a terminal, and never under NO_COLOR. On anything else the text is plain, and as wide as COLUMNS says.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from contracts.lives import Life
from contracts.report import chain, plain, words
from contracts.report.story import Story, excerpt, tell
from contracts.verdicts import Result, Ruling

STYLES = {
    "PASS": "green",
    "FAIL": "bold red",
    "WARN": "yellow",
    "NOT_EXERCISED": "dim",
    "INCONCLUSIVE": "magenta",
    "HARNESS_ERROR": "bold magenta",
}
VERDICTS = {"pass": "bold green", "fail": "bold red", "error": "bold magenta"}
INDENT = (0, 0, 0, 2)
WIDEST = 120
"""Columns beyond which lines are hard to read."""


def show(result: Result, file: TextIO) -> None:
    """Print the whole check."""
    with _printing(file) as console:
        console.print(_table(result))
        _rest(console, result)


def show_replay(result: Result, life: Life, file: TextIO) -> None:
    """Print what came of one life."""
    with _printing(file) as console:
        for line in chain.told(life):
            console.print(Text(line))
        _rest(console, result)


@contextmanager
def _printing(file: TextIO) -> Iterator[Console]:
    """A console; what is printed there comes out at the end, without what the file's encoding cannot say."""
    console = Console(file=file, highlight=False)
    console.width = min(console.width, WIDEST)
    with console.capture() as captured:
        yield console
    text = "\n".join(line.rstrip() for line in captured.get().split("\n"))
    file.write(text.encode(console.encoding, "replace").decode(console.encoding))


def _rest(console: Console, result: Result) -> None:
    for ruling in _order(result):
        _paragraph(console, result, ruling)
    console.print()
    for line in _summary(result):
        console.print(line)


def _order(result: Result) -> Iterator[Ruling]:
    """Those with something to tell: what fails the check first."""
    told = [each for each in result.rulings if each.word not in ("PASS", "NOT_EXERCISED") or result.is_failure(each)]
    yield from sorted(told, key=lambda each: (not result.is_failure(each), each.word == "WARN"))


def _table(result: Result) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("ID", no_wrap=True)
    shown.add_column("", no_wrap=True)
    shown.add_column("VERDICT", max_width=13)
    shown.add_column("JUDGED", justify="right", no_wrap=True)
    shown.add_column("PROMISE", overflow="fold")
    for ruling in result.rulings:
        obligation = ruling.obligation
        verdict = Text(plain.standing(ruling), STYLES[ruling.word])
        shown.add_row(Text(obligation.id), obligation.level, verdict, str(ruling.judged), Text(obligation.promise))
    return shown


def _paragraph(console: Console, result: Result, ruling: Ruling) -> None:
    """The whole story of what fails the check; of a warning only what is needed to look it up."""
    obligation, found = ruling.obligation, ruling.counterexample
    console.print()
    head = Text.assemble((plain.standing(ruling), STYLES[ruling.word]), (f"  {obligation.id}  ", "bold"))
    console.print(head.append(f"{obligation.promise}"))
    console.print(Padding(Text(plain.headline(ruling)), INDENT))
    if found is not None:
        story = tell(found)
        console.print(Padding(Text(story.life, "bold"), INDENT))
        if result.is_failure(ruling):
            console.print()
            console.print(_log(story))
            for line in plain.aside(story):
                console.print(Padding(Text(line, "dim"), INDENT))
            console.print()
    for note in plain.notes(ruling):
        console.print(Padding(Text(note), INDENT))
    if found is not None:
        console.print(Text(plain.again(result, found.token), "cyan"), soft_wrap=True)


def _log(story: Story) -> Table:
    """The exchange log, in columns that fold."""
    log = Table.grid(padding=(0, 1))
    for _ in range(2):
        log.add_column(no_wrap=True)
    for _ in range(3):
        log.add_column(overflow="fold")
    for step in excerpt(story.steps):
        style = "bold red" if step.is_offending else ""
        mark = plain.MARK if step.is_offending else " "
        log.add_row(*(Text(cell, style) for cell in (mark, *plain.cells(step))))
    return log


def _summary(result: Result) -> Iterator[Text]:
    for error in result.errors:
        yield Text.assemble(("HARNESS ERROR ", STYLES["HARNESS_ERROR"]), words.clean(error))
    verdict = result.verdict
    line = Text(verdict.upper(), VERDICTS[verdict])
    yield line.append(f": {tally(result)}", "not bold")
    yield Text(figures(result))


def tally(result: Result) -> str:
    """How many obligations came out how; those that fail the check by name."""
    if result.verdict == "error":
        return "the harness cannot be trusted here; this says nothing about the client"
    counts = Counter(plain.standing(ruling) for ruling in result.rulings)
    failing = [ruling.obligation.id for ruling in result.rulings if result.is_failure(ruling)]
    parts = ", ".join(f"{number} {standing}" for standing, number in counts.most_common()) or "nothing was judged"
    return f"{parts}. It fails by {words.listed(failing)}." if failing else f"{parts}."


def figures(result: Result) -> str:
    """What it took, and what it would have cost."""
    took = f"{words.count(result.lives, 'life')} in {words.span(result.seconds * 1000)}, seed {result.seed}"
    return f"{took}. On the real API these calls would have cost {result.cost}."
