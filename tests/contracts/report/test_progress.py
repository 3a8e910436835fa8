"""How far a check is."""

import io
import re

import pytest

from contracts.harness import Progress
from contracts.report import progress


class Terminal(io.StringIO):
    """Somebody looks at it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain terminal."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def watched(file: io.StringIO) -> str:
    """What a check of a hundred lives shows, that breaks K6 half way and then shrinks it."""
    with progress.shown(file) as watch:
        for done in range(1, 9):
            watch(Progress("calm", done, 8))
        for done in range(1, 101):
            watch(Progress("sweep", done, 100, ("K6",) if done > 50 else ()))
        for done in range(1, 20):
            watch(Progress("shrinking K6", done, 0, ("K6",)))
    return file.getvalue()


@pytest.mark.parametrize("is_dumb", [False, True])
def test_lines(monkeypatch: pytest.MonkeyPatch, is_dumb: bool) -> None:
    """Where nobody looks, or the terminal can do nothing: a line now and then, and one for each new failure."""
    if is_dumb:
        monkeypatch.setenv("TERM", "dumb")
    assert watched(Terminal() if is_dumb else io.StringIO()).splitlines() == [
        "calm 1/8",
        "sweep 1/100",
        "sweep 20/100",
        "sweep 40/100",
        "sweep 51/100; broken: K6",
        "sweep 60/100; broken: K6",
        "sweep 80/100; broken: K6",
        "sweep 100/100; broken: K6",
        "shrinking K6; broken: K6",
    ]


def test_bar() -> None:
    """On a terminal: one bar, which is gone in the end."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", watched(Terminal()))
    assert re.search(r"sweep ━.* 50/100", text)
    assert re.search(r"sweep ━.* 100/100 broken: K6", text)
    assert re.search(r"shrinking K6 .* 19/\?", text)
    assert text.endswith("\x1b[?25h\r\x1b[1A\x1b[2K")
