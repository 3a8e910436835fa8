"""A ruling as plain lines, for every medium that shows text alone."""

from collections.abc import Iterator, Mapping

from contracts.report import words
from contracts.report.story import Step, Story, excerpt, tell
from contracts.verdicts import Result, Ruling, Word

MARK = "▶"
PREFIX = "/api/v1/"
"""Left out of paths where columns are dear."""

_SAYS: Mapping[Word, str] = {
    "PASS": "Nothing broke it.",
    "FAIL": "It was broken.",
    "WARN": "It was broken.",
    "NOT_EXERCISED": "No life put it to the test.",
    "INCONCLUSIVE": "The runs of one life did not agree.",
    "HARNESS_ERROR": "The harness failed here: this says nothing about the client.",
}


def standing(ruling: Ruling) -> str:
    """The verdict as people read it; a known failure, and one that is known and mended, are told apart."""
    word = ruling.word.replace("_", " ")
    if ruling.known is None:
        return word
    return f"{word} (listed)" if ruling.word == "PASS" else f"{word} (known)"


def again(result: Result, token: str) -> str:
    """The line that replays a life: a command, or Python where the client has no name on a command line."""
    if result.flags:
        return f"mindvideo-mock replay {token} {words.clean(result.flags)}"
    return f'contracts.harness.replay(client, contracts.lives.from_token("{token}"), options)'


def headline(ruling: Ruling) -> str:
    """What is wrong, in a sentence."""
    found = ruling.counterexample
    if found is not None:
        return words.clean(found.broken.message, found.run.api_key)
    return words.clean(ruling.message) or _SAYS[ruling.word]


def notes(ruling: Ruling) -> Iterator[str]:
    """What else there is to say: why it is known, under which readings it breaks, how often it was seen."""
    if ruling.known is not None:
        mended = " It passes: take it off the list." if ruling.word == "PASS" else ""
        yield f"Listed as known to fail: {words.clean(ruling.known)}.{mended}"
    if ruling.readings:
        yield f"Broken only under {words.listed(words.clean(reading) for reading in ruling.readings)}."
    if ruling.counterexample is not None and ruling.counterexample.agreement != (1, 1):
        broken, runs = ruling.counterexample.agreement
        yield f"Broken in {broken} of {words.count(runs, 'run')} of this life."


def log(story: Story) -> Iterator[str]:
    """The exchange log; what shows the break is marked."""
    steps = excerpt(story.steps)
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*map(cells, steps), strict=True)]
    for step in steps:
        row = "  ".join(cell.ljust(width) for cell, width in zip(cells(step), widths, strict=True))
        yield f"{MARK if step.is_offending else ' '} {row}".rstrip()
    yield from (f"  {line}" for line in aside(story))


def aside(story: Story) -> Iterator[str]:
    """What stands below the log: how the client ended, its last words, and which key is which."""
    yield from story.ends
    yield from (f"| {line}" for line in story.last_words)
    yield f"the server: {story.money}"
    keys = ", ".join(f"{letter} = {key}" for letter, key in story.keys.items())
    if keys:
        yield f"key {keys}"


def cells(step: Step) -> tuple[str, str, str, str]:
    """An exchange as time, request, what came of it, and what stands beside that."""
    asked = f"{step.method} {words.brief(step.path).replace(PREFIX, '…/')}"
    if step.task is not None:
        asked = f"task {step.task}: {asked}"
    charged = f", {step.charge}" if step.charge else ""
    beside = [f"key {step.key}" if step.key else "", f"{words.brief(step.task_id)}{charged}" if step.commits else ""]
    return offset(step), asked, what(step), "  ".join(filter(None, beside))


def offset(step: Step) -> str:
    """When it was, on the client's clock."""
    return f"+{step.offset_ms / 1000:.3f} s"


def what(step: Step) -> str:
    """What came of it, and of those that are told with it."""
    fault = f" [{step.fault}]" if step.fault else ""
    more = ""
    if step.repeated:
        more = f", and {step.repeated} more like it in {words.span(step.until_ms - step.offset_ms)}"
    if step.left_out:
        more += f", then {words.count(step.left_out, 'exchange')} left out here"
    return f"{step.what}{fault}{more}"


def paragraph(result: Result, ruling: Ruling) -> list[str]:
    """A whole ruling: what was promised, how it was broken, by which life, and how to see that again."""
    found = ruling.counterexample
    lines = [f"{ruling.obligation.id}: {ruling.obligation.promise}"]
    if found is None:
        return [*lines, headline(ruling), *notes(ruling)]
    story = tell(found)
    return [*lines, headline(ruling), story.life, "", *log(story), "", *notes(ruling), again(result, found.token)]


def failures(result: Result) -> str:
    """What fails the check, as one text."""
    lines = [f"{result.verdict.upper()} in {words.count(result.lives, 'life')}, seed {result.seed}"]
    lines += [f"HARNESS ERROR: {words.clean(error)}" for error in result.errors]
    for ruling in filter(result.is_failure, result.rulings):
        lines += ["", *paragraph(result, ruling)]
    return "\n".join(lines)
