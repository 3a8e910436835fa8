"""Belongings on their way into a file: kept aside until all are there, for the header says how many there are."""

from collections import Counter
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

from mockserver.archive.kinds import KINDS, NAMES, payload
from mockserver.archive.lines import MAX_LINE_BYTES, Line, framed
from mockserver.store.belongings import Belonging

IN_MEMORY_BYTES = 4 * 2**20
"""What is larger is kept in a file without a name, which nobody else can read."""

CHUNK_BYTES = 64 * 1024


class Draft:
    """What has been added so far; it must be closed."""

    def __init__(self) -> None:
        self._spool = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # `close` closes it.
        self.counts: Counter[str] = Counter(dict.fromkeys(KINDS, 0))

    def add(self, belonging: Belonging) -> None:
        """The next belonging, in the order of `store.belongings`."""
        self._write(NAMES[type(belonging)], payload(belonging))

    def add_line(self, line: Line) -> None:
        """A line of another file, as it is there."""
        self._write(line.kind, line.payload)

    def _write(self, kind: str, text: bytes) -> None:
        self.counts[kind] += 1
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
