"""The life in words, in one line: `POST → connection lost after commit → POST with another key → charged twice`."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from contracts.lives import Life
from contracts.obligations import _answers as answers
from contracts.report import words
from contracts.run import Exchange, Report, Run

ARROW = " → "
MOST_LINKS = 14
LONGEST_PATH = 40


def in_words(run: Run, offending: frozenset[int]) -> str:
    """What happened, up to what broke the promise, and how it ended."""
    told = [each for each in in_order(run) if each.operation != "none" or each.seq in offending]
    last = max((index for index, each in enumerate(told) if each.seq in offending), default=len(told) - 1)
    links = list(_links(run, told[: last + 1]))
    if len(links) > MOST_LINKS:
        links = [*links[: MOST_LINKS // 2], "…", *links[-MOST_LINKS // 2 :]]
    paid = _paid_twice(run)
    links += [paid] if paid else _reports(run, told, offending)
    opening = words.clean(_opening(run.life), run.api_key)
    return f"{opening}{ARROW.join(links)}"


def in_order(run: Run) -> list[Exchange]:
    """All exchanges, in order of arrival."""
    return sorted(run.exchanges, key=lambda each: (each.at_ms, each.seq))


def makers(run: Run) -> frozenset[int]:
    """The creates, by `seq`, that made a task on the server."""
    first: dict[str, int] = {}
    for each in in_order(run):
        if each.operation == "create" and each.task_id is not None:
            first.setdefault(each.task_id, each.seq)
    return frozenset(first.values())


def taken(run: Run) -> dict[str, Decimal]:
    """What each task of the server was paid with, or is held for it, if it was not given back."""
    by_type: dict[str, dict[str, Decimal]] = {}
    for entry in run.ledger["entries"]:
        by_type.setdefault(entry["type"], {})[entry["task_id"]] = Decimal(str(entry["amount"]))
    given_back = by_type.get("release", {}).keys() | by_type.get("refund", {}).keys()
    paid = by_type.get("hold", {}) | by_type.get("charge", {})
    return {task_id: amount for task_id, amount in paid.items() if task_id not in given_back}


def told(life: Life) -> Iterator[str]:
    """What will happen in a life: its tasks, and each fault where it strikes."""
    if opening := _opening(life).removesuffix(": "):
        yield words.clean(opening)
    for index, task in enumerate(life.tasks, 1):
        took = words.span(1000 * (task.queued_s + task.processing_s))
        end = "never ends" if task.outcome == "stuck" else f"{task.outcome} after {took}"
        yield words.clean(f"task {index}: {task.model}, {end}")
    for fault in life.faults:
        often = "for ever" if fault.times is None else words.times(fault.times)
        more = "".join(f", {name}={value}" for name, value in fault.parameters.items())
        place = f"{fault.operation} {fault.attempt} of task {fault.task + 1}"
        yield words.clean(f"fault {fault.name}: {place}, {often}{more}")


def _paid_twice(run: Run) -> str:
    """The worst of the logical tasks that were charged more than once."""
    amounts = taken(run)
    paid = [amounts.keys() & {str(each.task_id) for each in creates} for creates in run.creates.values()]
    most = max(paid, key=len, default=set())
    if len(most) < 2:
        return ""
    return f"charged {words.times(len(most))}, {sum((amounts[task_id] for task_id in most), Decimal(0))}"


def _reports(run: Run, told: Sequence[Exchange], offending: frozenset[int]) -> list[str]:
    """How each client ended, unless the promise was broken before its end."""
    last = {each.task: each.seq for each in told}
    is_at_the_end = {task for task, seq in last.items() if seq in offending}
    ends = [_end(report) for report in run.reports]
    if len(ends) > 1:
        ends = [f"task {index}: {end}" for index, end in enumerate(ends, 1)]
    return [end for index, end in enumerate(ends) if not offending or index in is_at_the_end]


def _end(report: Report) -> str:
    said = {"crashed": "the client crashed", "hung": "the client hung", "unreadable": "the client reported nothing"}
    return said.get(report.outcome, f"the client reported {report.outcome}")


def _opening(life: Life) -> str:
    """What is special about the life before anything happens."""
    names: list[str] = [task.outcome for task in life.tasks]
    names += [str(fault.parameters.get("outcome", fault.name)) for fault in life.faults if fault.operation == "task"]
    parts = [words.TASK[name] for name in dict.fromkeys(names) if name in words.TASK]
    if life.twin:
        parts.insert(0, "the same request given to two runs at once")
    if life.dialect:
        parts.insert(0, "under " + words.listed(f"{name}={value}" for name, value in life.dialect.items()))
    return f"{', '.join(parts)}: " if parts else ""


def _links(run: Run, steps: Sequence[Exchange]) -> Iterator[str]:
    """Each exchange as its request, and its answer if that is news; what repeats itself is counted."""
    blocks: list[tuple[str, int, str, int]] = []
    for asked, news in zip(_asked(run, steps), _news(run, steps), strict=True):
        before, requests, told, tellings = blocks[-1] if blocks else ("", 0, "", 0)
        if asked == before and not told:
            blocks[-1] = (asked, requests + 1, news, 1)
        elif (asked, news) == (before, told) and requests == tellings:
            blocks[-1] = (asked, requests + 1, news, tellings + 1)
        else:
            blocks.append((asked, 1, news, 1))
    for asked, requests, news, tellings in blocks:
        yield _counted(asked, requests if tellings == 1 else 1)
        if news:
            yield _counted(news, tellings)


def _counted(text: str, count: int) -> str:
    return f"{text} ×{count}" if count > 1 else text


def _news(run: Run, steps: Sequence[Exchange]) -> Iterator[str]:
    """What came of each exchange, unless it is what everybody expects."""
    commits = makers(run)
    for each in steps:
        is_plain = each.fault is None and each.status == 200
        if is_plain and (each.operation == "download" or answers.word(each) in answers.PENDING):
            yield ""
            continue
        came = words.came(each, commits=each.seq in commits, secret=run.api_key)
        yield came.removeprefix("200 ") if is_plain else came


def _asked(run: Run, steps: Sequence[Exchange]) -> Iterator[str]:
    """Each request, and how its key compares with those before it."""
    owners: dict[str, int | None] = {}
    previous: dict[int | None, Exchange] = {}
    created: set[int | None] = set()
    for each in steps:
        verb = "download" if each.operation == "download" else words.clean(each.method, run.api_key)
        if each.operation == "none":
            verb = f"{verb} {words.shortened(words.clean(each.path, run.api_key), LONGEST_PATH)}"
        of = f" for task {each.task + 1}" if len(run.reports) > 1 and each.task is not None else ""
        to = " to another origin" if each.origin == "other" else ""
        keyed = _keyed(each, owners, is_again=each.task in created) if each.operation == "create" else ""
        yield f"{verb}{of}{to}{keyed}{_late(each, previous.get(each.task))}"
        previous[each.task] = each
        if each.operation == "create":
            created.add(each.task)
            owners.setdefault(answers.key_of(each) or "", each.task)


def _keyed(exchange: Exchange, owners: Mapping[str, int | None], *, is_again: bool) -> str:
    """How the key compares with those of earlier creates."""
    key = answers.key_of(exchange)
    if key is None:
        return " without a key"
    owner = owners.get(key)
    if key in owners and owner != exchange.task and owner is not None:
        return f" with the key of task {owner + 1}"
    if key in owners:
        return " with the same key"
    return " with another key" if is_again else ""


def _late(exchange: Exchange, before: Exchange | None) -> str:
    """How long the client waited, where it had been told to."""
    if before is None or not before.answered("retry-after"):
        return ""
    return f" {words.span(exchange.at_ms - before.at_ms)} later"
