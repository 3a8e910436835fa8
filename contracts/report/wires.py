"""What passes between client and server, drawn: an arrow there, an arrow back, and where a fault struck.

Lengths along the way are percentages, so that a drawing is as wide as it may be and its marks keep their size. All
strokes are attributes in the colour of the text: the drawing can be read without any style.
"""

from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from contracts.report.markup import el
from contracts.report.story import Step

HEIGHT = 16
MIDDLE = HEIGHT // 2

CROSS = "M-5,-5 5,5 M-5,5 5,-5"
HEAD_RIGHT = "M-8,-4.5 -0.5,0 -8,4.5"
HEAD_LEFT = "M8,-4.5 0.5,0 8,4.5"
DIAMOND = "M-5,0 0,-5 5,0 0,5 Z"
PAUSE = "M-2.5,-5 V5 M2.5,-5 V5"
CUT = "M-5,5 -1,-5 M1,5 5,-5"
GATE = "M0,-8 V8"
TEETH = 48
ZIGZAG = "M0,0 " + " ".join(f"{tooth + 0.5},{1 - tooth % 2 * 2}" for tooth in range(TEETH)) + f" {TEETH},0"


@dataclass(frozen=True, slots=True)
class Shape:
    """How an exchange went. `reach` is how far the request got, in percent of the way to the server.

    `back` is how far from the client the answer ended, None for no answer at all. `mark` stands on the answer.
    """

    says: str = ""
    reach: int = 100
    back: int | None = 0
    mark: str = ""
    line: Literal["dashed", "dotted", "zigzag"] = "dashed"


PLAIN = Shape()
CHANGED = Shape("The answer is not the usual one.", mark=DIAMOND)
LEFT = Shape("The client left before an answer came.", back=12)

SHAPES = {
    "lost_request": Shape("The request is lost on its way to the server.", reach=60, back=None),
    "refuse": Shape("Nobody listens: the request does not reach the server.", reach=88, back=None),
    "lost_response": Shape("The answer is lost on its way to the client.", back=45),
    "close": Shape("The server closes the connection without an answer.", back=88),
    "gateway_html": Shape("A gateway before the server answers in its place.", reach=72, mark=DIAMOND),
    "stall": Shape("The answer stands still for a while.", mark=PAUSE),
    "latency": Shape("The answer is late.", mark=PAUSE),
    "drip": Shape("The answer comes byte by byte.", line="dotted"),
    "slice": Shape("The answer comes in tiny packets.", line="dotted"),
    "truncate": Shape("The answer is cut short.", mark=CUT),
    "output": Shape("The file does not come as it should.", mark=CUT),
    "garbage": Shape("The answer is garbled.", line="zigzag"),
}
"""By fault; any other fault only changes what the answer says."""


def shape(step: Step) -> Shape:
    """How the exchange went, as far as the server knows."""
    if step.fault is None:
        return PLAIN if step.exchange.status is not None else LEFT
    return SHAPES.get(step.fault, CHANGED)


def there(step: Step) -> Element:
    """The request."""
    drawn = shape(step)
    end = f"{drawn.reach}%"
    is_lost = drawn.back is None
    parts = [_line("0", end), _mark(end, CROSS if is_lost else HEAD_RIGHT)]
    if 0 < drawn.reach < 100 and not is_lost:
        parts.append(_mark(end, GATE))
    return _wire(parts, drawn.says if is_lost else "")


def back(step: Step) -> Element | None:
    """The answer; None where there was none at all."""
    drawn = shape(step)
    if drawn.back is None:
        return None
    is_left = step.exchange.status is None and step.fault is not None
    start, end = f"{drawn.reach}%", f"{drawn.back or (LEFT.back if is_left else 0)}%"
    line = _zigzag() if drawn.line == "zigzag" else _line(start, end, "6 4" if drawn.line == "dashed" else "0.1 6")
    parts = [line, _mark(end, HEAD_LEFT if end == "0%" else CROSS)]
    if drawn.mark:
        parts.append(_mark("50%", drawn.mark))
    return _wire(parts, drawn.says)


def breaks() -> Element:
    """The lanes of both, torn: time passes."""
    tear = "M0,-9 V-5 L-4,-2 4,2 0,5 V9"
    drawn = [_mark("0", tear), _mark("100%", tear)]
    return el("svg", *drawn, class_="tear", width="100%", height=f"{HEIGHT}", aria_hidden="true")


def _wire(parts: list[Element], says: str) -> Element:
    size = {"width": "100%", "height": f"{HEIGHT}"}
    if says:
        return el("svg", *parts, class_="wire struck", role="img", aria_label=says, **size)
    return el("svg", *parts, class_="wire", aria_hidden="true", **size)


def _line(start: str, end: str, dashes: str | None = None) -> Element:
    """A level line. Round caps make dots of dashes without length."""
    return el(
        "line",
        x1=start,
        x2=end,
        y1=f"{MIDDLE}",
        y2=f"{MIDDLE}",
        stroke="currentColor",
        stroke_width="2",
        stroke_linecap="round",
        stroke_dasharray=dashes,
    )


def _mark(at: str, path: str) -> Element:
    """A sign of fixed size, at a place along the way."""
    drawn = el(
        "path",
        d=path,
        stroke="currentColor",
        stroke_width="2",
        stroke_linecap="round",
        stroke_linejoin="round",
        fill="currentColor" if path == DIAMOND else "none",
    )
    return el("svg", drawn, x=at, y=f"{MIDDLE}", overflow="visible")


def _zigzag() -> Element:
    """A line that is none, as wide as the way."""
    pen = {"stroke": "currentColor", "stroke_width": "2", "fill": "none", "vector_effect": "non-scaling-stroke"}
    size = {"width": "100%", "height": f"{HEIGHT}", "viewBox": f"0 -2 {TEETH} 4", "preserveAspectRatio": "none"}
    return el("svg", el("path", d=ZIGZAG, **pen), **size)
