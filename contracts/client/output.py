"""What is kept of a client's output: its beginning and its end, and every API key that shows anywhere in it. Pure."""

HEAD_BYTES = 16 * 1024
TAIL_BYTES = 64 * 1024


class Kept:
    """One stream, bounded in memory however much comes.

    The whole stream is searched for the keys as it comes, across the seams of the chunks. A key that is found but does
    not stand in what is kept is written into the note about what was left out: so whoever searches the kept text for
    the key finds it if, and only if, it was anywhere in the stream.
    """

    def __init__(self, *keys: bytes) -> None:
        self._missing = {key for key in keys if key}
        self._found: list[bytes] = []
        self._head = bytearray()
        self._tail = bytearray()
        self._seam = b""
        self.size_bytes = 0

    def take(self, chunk: bytes) -> None:
        """The next chunk of the stream."""
        self.size_bytes += len(chunk)
        self._search(chunk)
        room = HEAD_BYTES - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        if len(self._tail) > 2 * TAIL_BYTES:
            del self._tail[:-TAIL_BYTES]

    def _search(self, chunk: bytes) -> None:
        if not self._missing:
            return
        window = self._seam + chunk
        found = {key for key in self._missing if key in window}
        self._found += sorted(found)
        self._missing -= found
        longest = max(map(len, self._missing), default=1)
        self._seam = window[-(longest - 1) :] if longest > 1 else b""

    def kept(self) -> bytes:
        """Beginning, a note about what was left out, and end; all of it if it is short."""
        tail = bytes(self._tail[-TAIL_BYTES:])
        left_out_bytes = self.size_bytes - len(self._head) - len(tail)
        if not left_out_bytes:
            return bytes(self._head + tail)
        note = b"%d bytes are left out here" % left_out_bytes
        unseen = [key for key in self._found if key not in self._head and key not in tail]
        if unseen:
            note += b"; the API key showed in them: " + b", ".join(unseen)
        return bytes(self._head + b"\n[" + note + b"]\n" + tail)
