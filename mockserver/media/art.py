"""Pictures drawn by the fake: a placeholder in colours of its own, a reference picture in its frame, a watermark."""

import hashlib
from typing import TYPE_CHECKING

from mockserver.media import ffmpeg, font

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

WATERMARK = "MINDVIDEO MOCK"
_WHITE, _BLACK = 255, 0


def placeholder(width: int, height: int, label: str) -> "Pixels":
    """A gradient in colours drawn from `label`, with the label's lines in its upper left corner."""
    import numpy as np

    seed = hashlib.sha256(label.encode(errors="replace")).digest()
    top, bottom = (np.frombuffer(seed, np.uint8, 3, offset).astype(np.float64) for offset in (0, 3))
    slope = np.linspace(0, 1, height)[:, None]
    column = (top * 0.7 * (1 - slope) + (40 + bottom * 0.8) * slope).astype(np.uint8)
    pixels = np.repeat(column[:, None, :], width, axis=1)
    _write_lines(pixels, label.split("\n"))
    return pixels


def framed(picture: "VideoFrame", width: int, height: int) -> "Pixels":
    """The picture as large as fits, upright, in the middle, on near-black."""
    import numpy as np

    turns = ffmpeg.quarter_turns(picture)
    across, down = ffmpeg.upright_size(picture)
    scale = min(width / across, height / down)
    fit_width, fit_height = (
        max(1, min(limit, round(side * scale))) for side, limit in ((across, width), (down, height))
    )
    scaled_size = (fit_height, fit_width) if turns % 2 else (fit_width, fit_height)
    scaled = picture.reformat(*scaled_size, format="rgb24", threads=1).to_ndarray()
    pixels = np.full((height, width, 3), 16, np.uint8)
    left, top = (width - fit_width) // 2, (height - fit_height) // 2
    pixels[top : top + fit_height, left : left + fit_width] = np.rot90(scaled, turns)
    return pixels


def add_watermark(pixels: "Pixels") -> None:
    """Darken a band in the lower right corner and write the mark on it, as large as a quarter of the width."""
    height, width, _ = pixels.shape
    mark = font.bitmap(WATERMARK)
    scale = max(1, width // (mark.shape[1] * 4))
    margin = 3 * scale
    mark_height, mark_width = mark.shape[0] * scale, mark.shape[1] * scale
    top, left = max(0, height - mark_height - 3 * margin), max(0, width - mark_width - 3 * margin)
    corner = pixels[top:, left:]
    corner //= 3
    _stamp(corner, mark, margin, margin, scale, _WHITE)


def _write_lines(pixels: "Pixels", lines: list[str]) -> None:
    scale = max(1, min(pixels.shape[:2]) // 360)
    for number, line in enumerate(lines):
        top = (4 + number * (font.HEIGHT + 3)) * scale
        mark = font.bitmap(line)
        _stamp(pixels, mark, top + scale, 5 * scale, scale, _BLACK)
        _stamp(pixels, mark, top, 4 * scale, scale, _WHITE)


def _stamp(pixels: "Pixels", mark: "NDArray[np.bool_]", top: int, left: int, scale: int, value: int) -> None:
    """Set the marked dots to `value`; what lies outside the picture is cut off."""
    import numpy as np

    area = pixels[top:, left:]
    large = np.kron(mark, np.ones((scale, scale), np.bool_))[: area.shape[0], : area.shape[1]]
    area[: large.shape[0], : large.shape[1]][large] = value
