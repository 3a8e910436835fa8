"""The result as a picture: answers a second of every server, and polls by how many tasks there are.

`python -m tests.bench.plot` draws it again from build/bench.json.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]

OURS, OTHERS, INK, FAINT = "#2166ac", "#b8bec6", "#24292f", "#8b949e"
MARK = "ours"
PANELS = {"GET": "GET: polls a second", "POST": "POST: creates a second"}
ROOM = 1.55
"""How much longer an axis is than its longest bar: there the figures stand."""

DPI = 150


def draw(document: Document, path: Path) -> str:
    """Draw it; a word on where it is, or why there is none."""
    rows = [row for row in document["servers"] if any(name in row["operations"] for name in PANELS)]
    steps = document["growth"]["steps"] if document["growth"] else []
    if not rows or len(steps) < 2:
        return "no picture: it shows servers and tasks, and not both were measured"
    try:
        import matplotlib
    except ImportError:
        return "no picture: matplotlib is not installed ('make bench' installs it)"
    matplotlib.use("Agg")
    from matplotlib import pyplot

    with pyplot.rc_context({"font.size": 9, "text.color": INK, "axes.edgecolor": FAINT, "axes.linewidth": 0.6}):
        figure, (polls, creates, growth) = pyplot.subplots(
            1, 3, figsize=(11, 3.4), width_ratios=(3, 3, 2), layout="constrained"
        )
        figure.get_layout_engine().set(wspace=0.04)
        _bars(polls, "GET", rows, with_names=True)
        _bars(creates, "POST", rows, with_names=False)
        _growth(growth, steps)
        figure.text(0.004, -0.005, _caption(document), color=FAINT, fontsize=7.5, va="top")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DPI, bbox_inches="tight", pad_inches=0.1, metadata={"Software": None})
        pyplot.close(figure)
    return str(path)


def _bars(axes: Any, operation: str, rows: Sequence[Document], *, with_names: bool) -> None:
    """A bar for each server, the first on top, with its rate and p99 beside it."""
    found = [row["operations"].get(operation, {}).get("figures") for row in rows]
    rates = [each["per_s"] if each else 0 for each in found]
    colors = [OURS if row["name"].startswith(MARK) else OTHERS for row in rows]
    axes.barh(range(len(rows)), rates, color=colors, height=0.62)
    for place, each in enumerate(found):
        if each:
            axes.text(each["per_s"], place, f"  {each['per_s']:,.0f}", va="center", fontsize=8.5)
            axes.text(
                max(rates) * ROOM,
                place,
                f"{each['p99_ms']:,.0f} ms",
                va="center",
                ha="right",
                color=FAINT,
                fontsize=8.5,
            )
    axes.text(max(rates) * ROOM, -0.75, "p99", va="center", ha="right", color=FAINT, fontsize=8.5)
    axes.set_xlim(0, max(rates) * ROOM)
    axes.set_ylim(len(rows) - 0.5, -1.1)
    axes.set_yticks(range(len(rows)), [row["name"] for row in rows] if with_names else [])
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.set_title(PANELS[operation], loc="left", fontsize=10)


def _growth(axes: Any, steps: Sequence[Document]) -> None:
    """Polls a second of random tasks of all there are, beside a server that keeps the first step's."""
    tasks = [step["tasks"] for step in steps]
    for name, color in (("beside", FAINT), ("polls", OURS)):
        rates = [step[name]["per_s"] for step in steps]
        axes.plot(tasks, rates, color=color, marker="o", markersize=3.5, linewidth=1.2)
    axes.set_xscale("log")
    axes.set_xlim(tasks[0] / 2, tasks[-1] * 2)
    axes.set_xticks(tasks, [_short(each) for each in tasks])
    axes.minorticks_off()
    axes.set_ylim(0, max(step[name]["per_s"] for step in steps for name in ("beside", "polls")) * 1.25)
    axes.locator_params(axis="y", nbins=4)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.tick_params(length=2, color=FAINT, labelcolor=INK)
    axes.spines[["top", "right"]].set_visible(False)
    names = [f"a server with {_short(tasks[0])} tasks", "one with so many"]
    axes.legend(names, frameon=False, fontsize=8, loc="lower left")
    axes.set_title("GET: polls a second, by tasks kept", loc="left", fontsize=10)


def _short(count: int) -> str:
    """1000 as 1k, 1000000 as 1M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:g}{letter}"
    return f"{count}"


def _caption(document: Document) -> str:
    load, machine = document["load"], document["machine"]
    place = "servers on one core, load on another" if load["is_pinned"] else "servers and load on the same cores"
    return (
        f"{load['tool']} over {load['connections']} connections, {place}, medians of {load['rounds']} rounds of "
        f"{load['seconds']} s; {machine['cpu']}, {machine['cores']} cores, Python {machine['python']}."
    )


def main() -> int:
    """Draw the picture of a run that is over."""
    here = Path(__file__).parent
    source = here.parents[1] / "build" / "bench.json"
    print(draw(json.loads(source.read_text()), here / "bench.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
