"""What commands print: tables for people, JSON for programs. Colours only on a terminal, and never under NO_COLOR."""

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

UNBOUNDED = 10_000
"""Columns of what is no terminal: nothing is cut or wrapped there."""


def table(head: Sequence[str], rows: Iterable[Sequence[object]], target: TextIO | None = None) -> None:
    """Rows under a head, in columns."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        shown.add_column(name, overflow="fold")
    for row in rows:
        shown.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = Console(width=None if (target or sys.stdout).isatty() else UNBOUNDED)
    with console.capture() as captured:
        console.print(shown)
    for line in captured.get().splitlines():
        print(line.rstrip(), file=target)


def json(value: object, target: TextIO | None = None) -> None:
    """A JSON document."""
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(), file=target)
