"""PNG, written with nothing but zlib: rows as differences from the row above, quick compression."""

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.media.art import Pixels

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2
_BAND_ROWS = 256


def encode(pixels: "Pixels") -> bytes:
    """Height by width by 3 bytes of RGB as a PNG."""
    import numpy as np

    height, width, _ = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(1)
    packed = []
    above = np.zeros((1, width, 3), np.uint8)
    for top in range(0, height, _BAND_ROWS):
        band = pixels[top : top + _BAND_ROWS]
        rows = np.empty((len(band), 1 + width * 3), np.uint8)
        rows[:, 0] = _UP
        rows[:, 1:] = (band - np.concatenate([above, band[:-1]])).reshape(len(band), -1)
        packed.append(packer.compress(rows.data))
        above = band[-1:]
    packed.append(packer.flush())
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", b"".join(packed)) + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk: length, four letters, content, checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
