"""What a client in this process prints and logs, kept apart by thread: it is searched for the key (S6)."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

MOST = 200_000
"""Letters kept of each stream."""


@dataclass(slots=True, eq=False)
class Said:
    """What one run said on each stream, cut where it is too much."""

    parts: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    left: int = MOST

    def add(self, stream: int, text: str) -> None:
        """Keep a text, while there is room."""
        self.parts[stream].append(text[: self.left])
        self.left -= min(self.left, len(text))

    def out(self) -> str:
        return "".join(self.parts[0])

    def error(self) -> str:
        return "".join(self.parts[1])


_listeners: dict[int, Said] = {}


@contextmanager
def listening(said: Said) -> Iterator[None]:
    """What this thread says goes there."""
    me = threading.get_ident()
    _listeners[me] = said
    try:
        yield
    finally:
        del _listeners[me]


class _Ear:
    """Takes the place of a stream; other threads go on to the real one."""

    def __init__(self, real: Any, stream: int) -> None:
        self._real = real
        self._stream = stream

    def write(self, text: str) -> int:
        said = _listeners.get(threading.get_ident())
        if said is None:
            return int(self._real.write(text) or 0)
        said.add(self._stream, text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _Log(logging.Handler):
    """What is logged counts as said on standard error, wherever its handlers would write it."""

    def emit(self, record: logging.LogRecord) -> None:
        said = _listeners.get(threading.get_ident())
        if said is not None:
            said.add(1, f"{record.getMessage()}\n")


@contextmanager
def installed() -> Iterator[None]:
    """Listen while this lasts."""
    real, log = (sys.stdout, sys.stderr), _Log()
    ears: tuple[Any, Any] = (_Ear(real[0], 0), _Ear(real[1], 1))
    sys.stdout, sys.stderr = ears
    logging.getLogger().addHandler(log)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = real
        logging.getLogger().removeHandler(log)
