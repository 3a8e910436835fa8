"""A check as one HTML page: no script, nothing from anywhere else, for light, dark, narrow screens and paper."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from xml.etree.ElementTree import Element

from contracts.report import diagram, plain, words
from contracts.report.markup import el, page
from contracts.report.story import tell
from contracts.verdicts import Result, Ruling, Word

FAMILIES = {
    "K": "Idempotency keys",
    "R": "Retries",
    "P": "Polls",
    "X": "Answers",
    "S": "Secrets",
    "L": "The end",
}
LEVELS = {"M": "must", "S": "should", "P": "as claimed"}
SIGNS: dict[Word, str] = {
    "PASS": "✓",
    "FAIL": "✕",
    "WARN": "!",
    "NOT_EXERCISED": "○",
    "INCONCLUSIVE": "?",
    "HARNESS_ERROR": "⚠",
}
SAYS = {
    "pass": "The client keeps the contract.",
    "fail": "The client breaks the contract.",
    "error": "The harness cannot be trusted here: this says nothing about the client.",
}


def render(result: Result) -> str:
    """The page."""
    title = f"{result.verdict.upper()}: {words.clean(result.client)} and the MindVideo contract"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy()),
        el("title", title),
        el("style", _style()),
    )
    told = sorted(filter(_is_told, result.rulings), key=lambda each: not result.is_failure(each))
    body = el(
        "body",
        _header(result),
        el("main", _errors(result), _overview(result), _findings(result, told)),
        el(
            "footer", el("p", "Made by mindvideo-mock check. The lives are generated; the exchanges are what was seen.")
        ),
    )
    return page(el("html", head, body, lang="en"))


@cache
def _style() -> str:
    return Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def _policy() -> str:
    """Nothing is loaded, nothing runs; the one style there is is known by its digest."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _is_told(ruling: Ruling) -> bool:
    return ruling.counterexample is not None or ruling.known is not None or ruling.word in ("FAIL", "HARNESS_ERROR")


def _badge(ruling: Ruling) -> Element:
    sign = el("span", SIGNS[ruling.word], aria_hidden="true")
    return el("span", sign, f" {plain.standing(ruling)}", class_=f"badge {_kind(ruling)}")


def _kind(ruling: Ruling) -> str:
    """The class by which a ruling is coloured."""
    return f"{ruling.word.lower()}{' known' if ruling.known is not None else ''}"


def _header(result: Result) -> Element:
    kept = sum(ruling.word == "PASS" for ruling in result.rulings)
    facts = [
        ("promises kept", f"{kept} of {len(result.rulings)}"),
        ("lives", f"{result.lives}"),
        ("time", words.span(result.seconds * 1000)),
        ("seed", f"{result.seed}"),
        ("cost on the real API", f"{result.cost}"),
    ]
    tiles = [el("div", el("dt", name), el("dd", value)) for name, value in facts]
    return el(
        "header",
        el("p", "Client contract check", class_="kicker"),
        el("h1", el("span", result.verdict.upper(), class_=f"verdict {result.verdict}"), " ", SAYS[result.verdict]),
        el("p", el("code", words.clean(result.client)), class_="client"),
        el("dl", *tiles, class_="facts"),
        _bar(result),
    )


def _bar(result: Result) -> Element:
    """How many came out how, drawn and told."""
    counts = Counter(map(_kind, result.rulings))
    names = {_kind(ruling): plain.standing(ruling) for ruling in result.rulings}
    total, start, parts, legend = len(result.rulings) or 1, 0, [], []
    for kind, number in counts.most_common():
        place = {"x": f"{100 * start / total:.3f}%", "width": f"{100 * number / total:.3f}%"}
        parts.append(el("rect", y="0", height="10", class_=kind, **place))
        legend.append(el("li", el("span", class_=f"dot {kind}"), f"{number} {names[kind]}"))
        start += number
    drawn = el("svg", *parts, class_="bar", width="100%", height="10", aria_hidden="true")
    return el("div", drawn, el("ul", *legend, class_="legend"), class_="tally")


def _errors(result: Result) -> Element | None:
    if not result.errors:
        return None
    items = [el("li", words.clean(error)) for error in result.errors]
    return el("section", el("h2", "What was wrong with the harness"), el("ul", *items), class_="errors")


def _overview(result: Result) -> Element:
    columns = ("id", "level", "verdict", "judged", "promise")
    cells = [el("th", name, scope="col", class_=name, role="columnheader") for name in columns]
    head = el("thead", el("tr", *cells, role="row"), role="rowgroup")
    bodies = [
        el(
            "tbody",
            el("tr", el("th", FAMILIES[family], colspan="5", scope="rowgroup", role="rowheader"), role="row"),
            *(_row(ruling) for ruling in rulings),
            role="rowgroup",
        )
        for family, rulings in groupby(result.rulings, lambda ruling: ruling.obligation.id[0])
    ]
    return el("section", el("h2", "Obligations"), el("table", head, *bodies, role="table"), class_="overview")


def _row(ruling: Ruling) -> Element:
    obligation = ruling.obligation
    name = el("a", obligation.id, href=f"#{obligation.id}") if _is_told(ruling) else obligation.id
    values: dict[str, tuple[Element | str, ...]] = {
        "id": (name,),
        "level": (LEVELS[obligation.level],),
        "verdict": (_badge(ruling),),
        "judged": (f"{ruling.judged}",),
        "promise": tuple(_prose(obligation.promise)),
    }
    cells = [el("td", *value, class_=column, role="cell") for column, value in values.items()]
    return el("tr", *cells, class_=_kind(ruling), role="row")


def _prose(text: str) -> Iterator[Element | str]:
    """A text in which what stands between backticks is code."""
    for index, part in enumerate(text.split("`")):
        yield el("code", part) if index % 2 else part


def _findings(result: Result, told: Sequence[Ruling]) -> Element | None:
    if not told:
        return None
    return el("section", el("h2", "What was found"), *(_finding(result, each) for each in told), class_="findings")


def _finding(result: Result, ruling: Ruling) -> Element:
    obligation, found = ruling.obligation, ruling.counterexample
    title = el("h3", _badge(ruling), " ", el("span", obligation.id, class_="name"), " ", *_prose(obligation.promise))
    message = el("p", *_prose(plain.headline(ruling)), class_="message")
    notes = [el("p", note, class_="note") for note in plain.notes(ruling)]
    source = el("p", *_prose(f"{obligation.source}; judged in {words.count(ruling.judged, 'life')}"), class_="source")
    parts: list[Element | None] = [title, message, *notes]
    if found is not None:
        story = tell(found)
        keys = [
            el("li", el("span", f"key {name}", class_=f"key {name}"), " ", el("code", key))
            for name, key in story.keys.items()
        ]
        parts += [
            el("p", story.life, class_="life"),
            diagram.build(story),
            el("ul", *keys, class_="keys") if keys else None,
            el("pre", "\n".join(story.last_words), class_="words") if story.last_words else None,
            el("p", "To see it again:", class_="again"),
            el("pre", el("code", plain.again(result, found.token)), class_="command"),
        ]
    return el("article", *parts, source, id=obligation.id, class_=f"finding {_kind(ruling)}")
