"""Drawn pictures."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from mockserver.media import art, font, picture


def turned(form: str, orientation: int) -> tuple[bytes, "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"]:
    """Four coloured quarters with an EXIF orientation, and how they are to be seen."""
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:20, :40], pixels[:20, 40:], pixels[20:, :40] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(file, form, exif=exif)
    return file.getvalue(), np.asarray(ImageOps.exif_transpose(Image.open(file)).convert("RGB"))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.clause("M-OUTPUT-VIDEO")
def test_upright(form: str, orientation: int) -> None:
    """A picture that says it is turned is shown upright."""
    data, expected = turned(form, orientation)
    decoded = picture.decode(data)
    assert not isinstance(decoded, str)
    shown = art.framed(decoded.frame, expected.shape[1], expected.shape[0])
    assert np.abs(shown.astype(int) - expected).mean() < 8


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 200), (200, 3), (64, 36)])
def test_any_frame(width: int, height: int) -> None:
    """A picture of any shape fits a frame of any shape."""
    decoded = picture.decode(turned("PNG", 6)[0])
    assert not isinstance(decoded, str)
    pixels = art.framed(decoded.frame, width, height)
    assert pixels.shape == (height, width, 3)
    assert pixels.max() > 50


def test_font() -> None:
    """Every glyph is seven rows of five dots, no two are alike, and what has no glyph gets a box."""
    assert all(len(bytes.fromhex(code)) == font.HEIGHT for code in font.GLYPHS.values())
    assert all(row < 1 << font.WIDTH for code in font.GLYPHS.values() for row in bytes.fromhex(code))
    assert len(set(font.GLYPHS.values())) == len(font.GLYPHS)
    assert np.array_equal(font.bitmap("\u4eba"), font.bitmap("\u821e"))
    assert np.array_equal(font.bitmap("a-1"), font.bitmap("A-1"))


def test_bounds_of_text() -> None:
    """No text is a blank, a long one is cut."""
    assert not font.bitmap("").any()
    assert font.bitmap("X" * 1000).shape == (font.HEIGHT, font.MAX_CHARACTERS * (font.WIDTH + 1))
