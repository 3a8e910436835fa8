"""The exchanges of a story between two lanes, client and server, time downwards.

It is a list: each exchange an item, whose text says all that its drawing shows.
"""

from collections.abc import Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element

from contracts.report import plain, wires, words
from contracts.report.markup import el
from contracts.report.story import Step, Story, excerpt

SHORT_MS, LONG_MS = 50, 1000
"""Less time than the first is no gap worth showing; from the second on the lanes are torn."""


def build(story: Story) -> Element:
    """The diagram."""
    items = [el("li", el("div", el("b", "client"), " ", el("b", "server"), class_="track"), class_="lanes")]
    steps = excerpt(story.steps)
    for before, step in pairwise([None, *steps]):
        assert step is not None
        items += _between(before, step)
        items.append(_exchange(step))
    items += _after(story)
    return el("ol", *items, class_="diagram", role="list", aria_label="Exchanges, in order of time")


def _lanes(*children: Element | None) -> Element:
    return el("div", *children, class_="track")


def _between(before: Step | None, step: Step) -> Iterator[Element]:
    """What lies between two exchanges: some that are not told, and time."""
    if before is not None and before.left_out:
        yield _gap(f"{words.count(before.left_out, 'exchange')} left out here", is_long=True)
    gap_ms = step.offset_ms - (0 if before is None else before.until_ms)
    if gap_ms >= SHORT_MS:
        until = "later" if before else "until the first request"
        yield _gap(f"{words.span(gap_ms)} {until}", is_long=gap_ms >= LONG_MS)


def _gap(told: str, *, is_long: bool) -> Element:
    track = _lanes(wires.breaks() if is_long else None, el("p", told))
    return el("li", track, class_="gap long" if is_long else "gap")


def _exchange(step: Step) -> Element:
    fault = el("code", step.fault, class_="fault") if step.fault else None
    came = el("p", step.what, " ", fault, class_="came")
    mark = _breaks() if step.is_offending else None
    track = _lanes(_asked(step), wires.there(step), _deed(step), wires.back(step), came, _more(step), mark)
    kind = "exchange offending" if step.is_offending else "exchange"
    return el("li", el("p", plain.offset(step), class_="at"), track, class_=kind)


def _asked(step: Step) -> Element:
    task = el("span", f"task {step.task}", class_="task") if step.task else None
    key = el("span", f"key {step.key}", class_=f"key {step.key}") if step.key else None
    path = el("span", words.brief(step.path), class_="path")
    return el("p", task, " ", el("b", step.method), " ", path, " ", key, class_="asked")


def _deed(step: Step) -> Element | None:
    """What the server did for good."""
    if not step.commits:
        return None
    charge = el("b", step.charge, class_="charge") if step.charge else None
    return el("p", "commit ", el("code", words.brief(step.task_id)), " ", charge, class_="deed")


def _more(step: Step) -> Element | None:
    if not step.repeated:
        return None
    took = words.span(step.until_ms - step.offset_ms)
    return el("p", f"and {step.repeated} more like it, in {took}", class_="more")


def _after(story: Story) -> Iterator[Element]:
    """How the clients ended, and what the server took. The end itself is what is wrong if no exchange is."""
    parts: list[Element] = [el("p", end, class_="ends") for end in story.ends]
    kind = "after"
    if not any(step.is_offending for step in story.steps):
        kind = "after offending"
        parts.append(_breaks())
    yield el("li", _lanes(*parts, el("p", f"server: {story.money}", class_="money")), class_=kind)


def _breaks() -> Element:
    return el("p", f"{plain.MARK} breaks the promise", class_="breaks")
