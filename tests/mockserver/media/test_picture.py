"""Decoding still pictures within bounds."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from mockserver.media import ffmpeg, picture, png
from tests.mockserver.media import samples
from tests.mockserver.media.samples import packed, png_of

ROW = bytes(1 + 64 * 3)


def saved(form: str, **options: object) -> bytes:
    """A picture of 64 by 48 as another program writes it."""
    file = io.BytesIO()
    shades = Image.linear_gradient("L").resize((64, 48)).convert("RGB")
    shades.save(file, form, **options)
    return file.getvalue()


def animated(form: str) -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (64, 48), color) for color in ("red", "green", "blue")]
    frames[0].save(file, form, save_all=True, append_images=frames[1:])
    return file.getvalue()


@pytest.mark.parametrize(
    ("form", "options", "container"),
    [
        ("PNG", {}, "png"),
        ("JPEG", {}, "jpeg"),
        ("JPEG", {"progressive": True}, "jpeg"),
        ("WEBP", {}, "webp"),
        ("WEBP", {"lossless": True}, "webp"),
        ("GIF", {}, "gif"),
        ("BMP", {}, "bmp"),
        ("AVIF", {}, "avif"),
    ],
)
@pytest.mark.clause("M-PROBE")
def test_forms(form: str, options: dict[str, object], container: str) -> None:
    """Pictures as other programs write them are understood."""
    found = picture.decode(saved(form, **options))
    assert isinstance(found, picture.Picture), found
    assert (found.container, *ffmpeg.upright_size(found.frame)) == (container, 64, 48)


@pytest.mark.parametrize("form", ["GIF", "PNG"])
@pytest.mark.clause("M-PROBE")
def test_first_of_an_animation(form: str) -> None:
    """An animation counts as its first picture."""
    found = picture.decode(animated(form))
    assert isinstance(found, picture.Picture), found
    red, green, _ = found.frame.to_ndarray(format="rgb24")[24, 32]
    assert red > 200 > 80 > green


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
@pytest.mark.clause("D-INPUT")
def test_cut_off(form: str, kept: float) -> None:
    """A picture of which only a part arrived is refused, not shown in part."""
    whole = saved(form)
    assert isinstance(picture.decode(whole[: int(len(whole) * kept)]), str)


def tiled() -> bytes:
    data = saved("AVIF")
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", 128, 48) + data[at + 8 :]


def pixels_of_another_format() -> bytes:
    """An MP4 with PNG pictures in it that says it is an AVIF."""
    return samples.filmed("mp4", "png").replace(b"ftypisom", b"ftypavif")


def scans(count: int) -> bytes:
    data = saved("JPEG", progressive=True)
    return data[:-2] + b"\xff\xda" * count + b"\xff\xd9"


NO_PICTURE: dict[str, tuple[Callable[[], bytes], str]] = {
    "text": (lambda: b"hello", "no image"),
    "a video": (lambda: samples.named("ref-video-1s-16x16.mp4"), "no image"),
    "PNG of 50000 by 50000": (lambda: png_of(50_000, 50_000, png.chunk(b"IDAT", packed(1000))), "pixels"),
    "GIF of 65535 by 65535": (
        lambda: b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x08\x02\x4c\x01\0;",
        "pixels",
    ),
    "BMP of 60000 by 60000": (
        lambda: b"BM" + struct.pack("<IIIIiiHH", 100, 0, 54, 40, 60_000, 60_000, 1, 24) + bytes(60),
        "pixels",
    ),
    "animated WebP": (lambda: animated("WEBP"), "an animated WebP"),
    "WebP without content": (lambda: b"RIFF\x0c\0\0\0WEBPVP8X", "cut off"),
    "AVIF that is cut off": (lambda: saved("AVIF")[:-10], "cut off"),
    "AVIF in tiles": (tiled, "stored in tiles"),
    "AVIF without a picture": (lambda: b"\0\0\0\x14ftypavif\0\0\0\0avif\0\0\0\x08moov", "cannot be decoded"),
    "AVIF of sound": (lambda: samples.filmed(video=None, audio="aac").replace(b"ftypisom", b"ftypavif"), "decoded"),
    "AVIF of another format": (pixels_of_another_format, "cannot be decoded"),
    "JPEG of a thousand scans": (lambda: scans(1000), "over 200 scans"),
    "JPEG without an end": (lambda: saved("JPEG")[:-2], "cut off"),
    "PNG without an end": (lambda: saved("PNG")[:-12], "cut off"),
    "PNG with a false sum": (lambda: saved("PNG").replace(b"IDAT\x78", b"IDAT\x79"), "cannot be decoded"),
    "GIF of nothing": (lambda: b"GIF89a\1\0\1\0\0\0\0;", "cannot be decoded"),
}


@pytest.mark.parametrize(("make", "reason"), NO_PICTURE.values(), ids=NO_PICTURE.keys())
@pytest.mark.clause("D-INPUT")
def test_none(make: Callable[[], bytes], reason: str) -> None:
    """Bytes that are no picture, or one that is too large, are refused with their reason."""
    found = picture.decode(make())
    assert isinstance(found, str)
    assert reason in found


@pytest.mark.clause("D-INPUT")
def test_packed_text_is_never_unpacked() -> None:
    """A colour profile or text that unpacks to a gigabyte is passed over; the picture itself counts."""
    bomb = packed(1 << 27)
    chunks = png.chunk(b"iCCP", b"a\0\0" + bomb), png.chunk(b"zTXt", b"a\0\0" + bomb)
    found = picture.decode(png_of(64, 48, *chunks, png.chunk(b"IDAT", zlib.compress(ROW * 48))))
    assert isinstance(found, picture.Picture), found
