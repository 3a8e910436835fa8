"""Belongings on their way into a file: kept aside until all are there, for the header says how many there are."""

from collections import Counter
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Self

from mockserver.accounts import Account
from mockserver.archive.kinds import KINDS, NAMES, payload
from mockserver.archive.lines import MAX_LINE_BYTES, Line, framed
from mockserver.store.belongings import Belonging

IN_MEMORY_BYTES = 4 * 2**20
"""What is larger is kept in a file without a name, which nobody else can read."""

CHUNK_BYTES = 64 * 1024


class Draft:
    """What has been added so far; it must be closed.

    `contained` counts the kinds of lines of each account, and of tasks those that it owns now.
    """

    def __init__(self) -> None:
        self._current: Counter[str] = Counter()
        self._spool = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # `close` closes it.
        self.counts: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
        self.contained: dict[str, Counter[str]] = {}

    def add(self, belonging: Belonging) -> None:
        """The next belonging, in the order of `store.belongings`."""
        if isinstance(belonging, Account):
            self._begin(belonging.account_id)
        self._write(NAMES[type(belonging)], payload(belonging))

    def add_line(self, line: Line) -> None:
        """A line of another file, as it is there."""
        if line.kind == "account":
            self._begin(line.value["account_id"])
        self._write(line.kind, line.payload)

    def _begin(self, account_id: str) -> None:
        self._current = self.contained[account_id] = Counter()

    def _write(self, kind: str, text: bytes) -> None:
        self.counts[kind] += 1
        if kind != "task" or not self._current["snapshot"]:
            self._current[kind] += 1
        self._spool.write(text)
        self._spool.write(b"\n")

    def chunks(self) -> Iterator[bytes]:
        """The file, whole lines at a time."""
        part, size_bytes = [], 0
        for line in framed(self._payloads(), self.counts):
            part.append(line)
            size_bytes += len(line)
            if size_bytes >= CHUNK_BYTES:
                yield b"".join(part)
                part, size_bytes = [], 0
        yield b"".join(part)

    def _payloads(self) -> Iterator[bytes]:
        self._spool.seek(0)
        while text := self._spool.readline(MAX_LINE_BYTES):
            yield text[:-1]

    def close(self) -> None:
        """Let go of what was kept aside."""
        self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
