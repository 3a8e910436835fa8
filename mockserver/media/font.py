"""A five by seven dot font: capital letters, digits and a few signs, enough to label a picture."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTH, HEIGHT = 5, 7
MAX_CHARACTERS = 80

GLYPHS: dict[str, str] = {
    # seven rows of five dots, each row two hexadecimal digits
    "A": "0e11111f111111", "B": "1e11111e11111e", "C": "0e11101010110e", "D": "1c12111111121c", "E": "1f10101e10101f",
    "F": "1f10101e101010", "G": "0e11101713110f", "H": "1111111f111111", "I": "0e04040404040e", "J": "0702020202120c",
    "K": "11121418141211", "L": "1010101010101f", "M": "111b1515111111", "N": "11191513111111", "O": "0e11111111110e",
    "P": "1e11111e101010", "Q": "0e11111115120d", "R": "1e11111e141211", "S": "0f10100e01011e", "T": "1f040404040404",
    "U": "1111111111110e", "V": "11111111110a04", "W": "1111111515150a", "X": "11110a040a1111", "Y": "11110a04040404",
    "Z": "1f01020408101f", "0": "0e11131519110e", "1": "040c040404040e", "2": "0e11010204081f", "3": "1f02040201110e",
    "4": "02060a121f0202", "5": "1f101e0101110e", "6": "0608101e11110e", "7": "1f010204080808", "8": "0e11110e11110e",
    "9": "0e11110f01020c", "-": "0000001f000000", "_": "0000000000001f", ".": "00000000000c0c", ":": "000c0c000c0c00",
    "/": "00010204081000", " ": "00000000000000",
}  # fmt: skip
UNKNOWN = "1f11111111111f"


@lru_cache(maxsize=64)
def bitmap(text: str) -> "NDArray[np.bool_]":
    """The text as dots, one column of space after each character; at most `MAX_CHARACTERS` are written."""
    import numpy as np

    rows = np.zeros((HEIGHT, max(1, min(len(text), MAX_CHARACTERS)) * (WIDTH + 1)), np.bool_)
    for index, character in enumerate(text.upper()[:MAX_CHARACTERS]):
        code = bytes.fromhex(GLYPHS.get(character, UNKNOWN))
        dots = np.unpackbits(np.frombuffer(code, np.uint8).reshape(HEIGHT, 1), axis=1)[:, -WIDTH:]
        rows[:, index * (WIDTH + 1) : index * (WIDTH + 1) + WIDTH] = dots
    rows.setflags(write=False)
    return rows
