"""Which container some bytes claim to be, by their first bytes, and what is wrong with it on a first look.

FFmpeg is never left to guess: that would let a text file become a playlist or a script that opens other files.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.media import isom, matroska
from mockserver.records import Kind


@dataclass(frozen=True, slots=True)
class Container:
    """A container by its short name, and what opens it: a demuxer, or for a still picture the decoder alone."""

    name: str
    kind: Kind
    demuxer: str | None = None
    decoder: str = ""


_MOV = "mov"
_MATROSKA = "matroska"
_LOOKS = {_MOV: isom.flaws, _MATROSKA: matroska.flaws}
_QUICKTIME_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_PICTURE_BRANDS = {b"avif": "avif", b"avis": "avif", b"heic": "heic", b"heix": "heic", b"mif1": "heic"}


def sniff(data: bytes) -> Container | None:
    """The container, or None for bytes that start like none that is understood here."""
    head = data[:64]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Container("png", "image", decoder="png")
    if head.startswith(b"\xff\xd8\xff"):
        return Container("jpeg", "image", decoder="mjpeg")
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Container("gif", "image", decoder="gif")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Container("webp", "image", decoder="webp")
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return Container("bmp", "image", decoder="bmp")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return Container("webm" if b"\x42\x82\x84webm" in head else "mkv", "video", demuxer=_MATROSKA)
    return _isom(head)


def flaws(data: bytes, container: Container) -> Iterator[str]:
    """Each reason not to hand the bytes to the container's demuxer."""
    look = _LOOKS.get(container.demuxer or "")
    return look(data) if look else iter(())


def _isom(head: bytes) -> Container | None:
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _PICTURE_BRANDS:
            return Container(_PICTURE_BRANDS[brand], "image", demuxer=_MOV)
        return Container("mov" if brand == b"qt  " else "mp4", "video", demuxer=_MOV)
    if head[4:8] in _QUICKTIME_BOXES:
        return Container("mov", "video", demuxer=_MOV)
    return None
