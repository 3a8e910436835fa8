"""The page of a check as text, and what is drawn of each exchange."""

from xml.etree.ElementTree import Element

import pytest

from contracts.report import html, markup, wires
from contracts.report.story import Step, tell
from contracts.run import Exchange
from mockserver.faults.table import TABLE
from tests.contracts.report.results import TWINS, found, result, ruling, said
from tests.contracts.runs import create, exchange, play, read, report


def step(each: Exchange) -> Step:
    """The one step of a story."""
    return tell(said(play(each))).steps[0]


def drawn(each: Exchange) -> tuple[list[str], list[str]]:
    """What is drawn of a request and of its answer: where each sign stands, with its path."""
    there, back = wires.there(step(each)), wires.back(step(each))
    return _signs(there), [] if back is None else _signs(back)


def _signs(wire: Element) -> list[str]:
    found = []
    for sign in wire.findall("svg[@x]"):
        path = sign.find("path")
        assert path is not None
        found.append(f"{sign.get('x')} {path.get('d')}")
    return found


ARRIVES = [f"100% {wires.HEAD_RIGHT}"]
ANSWERED = f"0% {wires.HEAD_LEFT}"
GIVEN_UP = f"12% {wires.CROSS}"


@pytest.mark.parametrize(
    ("each", "there", "back"),
    [
        (create(), ARRIVES, [ANSWERED]),
        (create(None, fault="lost_request"), [f"60% {wires.CROSS}"], []),
        (create(None, fault="refuse"), [f"88% {wires.CROSS}"], []),
        (create(None, fault="lost_response"), ARRIVES, [f"45% {wires.CROSS}"]),
        (create(None, fault="close"), ARRIVES, [f"88% {wires.CROSS}"]),
        (create(None), ARRIVES, [GIVEN_UP]),
        (create(fault="stall"), ARRIVES, [ANSWERED, f"50% {wires.PAUSE}"]),
        (create(None, fault="stall"), ARRIVES, [GIVEN_UP, f"50% {wires.PAUSE}"]),
        (create(fault="truncate"), ARRIVES, [ANSWERED, f"50% {wires.CUT}"]),
        (create(fault="garbage"), ARRIVES, [ANSWERED]),
        (create(503, fault="status"), ARRIVES, [ANSWERED, f"50% {wires.DIAMOND}"]),
        (
            create(502, fault="gateway_html"),
            [f"72% {wires.HEAD_RIGHT}", f"72% {wires.GATE}"],
            [ANSWERED, f"50% {wires.DIAMOND}"],
        ),
    ],
)
def test_faults_are_drawn_where_they_strike(each: Exchange, there: list[str], back: list[str]) -> None:
    """A lost request does not reach the server, a lost answer not the client, and so on."""
    assert drawn(each) == (there, back)


@pytest.mark.parametrize("fault", TABLE)
def test_every_fault_has_a_text(fault: str) -> None:
    """What a drawing shows of a fault, its label says."""
    made = step(create(fault=fault))
    labels = [each.get("aria-label") for each in (wires.there(made), wires.back(made)) if each is not None]
    assert any(labels)


def test_lines() -> None:
    """An answer that drips is dotted, a garbled one is no straight line."""
    dripping, garbled = wires.back(step(create(fault="drip"))), wires.back(step(create(fault="garbage")))
    assert dripping is not None
    assert garbled is not None
    line = dripping.find("line")
    assert line is not None
    assert line.get("stroke-dasharray") == "0.1 6"
    assert garbled.find("line") is None
    assert garbled.find("svg[@viewBox]/path") is not None


def test_what_is_left_out_is_told() -> None:
    """Long runs are shortened, and say so; several clients are told apart."""
    many = play(*[create(503, key=f"{number}") for number in range(100)])
    text = html.render(result(ruling("R12", "FAIL", said(many))))
    assert "40 exchanges left out here" in text
    alike = play(create(), *[read(after_s=0.01)] * 30, reports=(report("hung"),))
    assert "and 29 more like it, in 290 ms" in html.render(result(ruling("P6", "FAIL", said(alike))))
    twins = html.render(result(ruling("K5", "FAIL", found(TWINS, "K5"))))
    assert '<span class="task">task 2</span>' in twins


def test_without_keys_or_exchanges() -> None:
    """A run in which nothing happened is a page, too; then the end itself is what is wrong."""
    text = html.render(result(ruling("L1", "FAIL", said(play(reports=(report("gave_up", None),))))))
    assert '<li class="after offending">' in text
    assert '<ul class="keys">' not in text
    stray = html.render(result(ruling("L1", "FAIL", said(play(exchange(method="GET"))))))
    assert "<b>GET</b>" in stray


def test_verdicts() -> None:
    """A check that passes has nothing to find; one that went wrong says what, and nothing of the client."""
    passed = html.render(result(ruling("K2", "PASS")))
    assert "The client keeps the contract." in passed
    assert "What was found" not in passed
    wrong = html.render(result(ruling("K2", "HARNESS_ERROR"), errors=("The fake <charged> twice.",)))
    assert "this says nothing about the client" in wrong
    assert "<li>The fake &lt;charged&gt; twice.</li>" in wrong


def test_markup() -> None:
    """Texts and elements in any order; attributes with their hyphens, and without those that are None."""
    made = markup.el("p", "a", None, markup.el("b", "<"), "c", "d", "", class_="x", aria_label='&"', role=None)
    assert markup.page(made) == '<!doctype html>\n<p class="x" aria-label="&amp;&quot;">a<b>&lt;</b>cd</p>\n'
