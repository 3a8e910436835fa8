"""The names of the files the fake itself serves: their facts stand in the name (CONTROL.md, "Media")."""

import re
from dataclasses import dataclass
from decimal import Decimal

from mockserver.records import Kind

MAX_DURATION_US = 60_000_000
MAX_SIDE = 4096
DEFAULT_SIZE = (1280, 720)

_VIDEO = re.compile(r"ref-video-([0-9]{1,2}(?:\.[0-9]{1,6})?)s(?:-([0-9]{1,4})x([0-9]{1,4}))?\.mp4")
_IMAGE = re.compile(r"ref-image-([0-9]{1,4})x([0-9]{1,4})\.png")


@dataclass(frozen=True, slots=True)
class NamedMedia:
    """What a served name promises of its file; an image has no duration."""

    name: str
    kind: Kind
    width: int
    height: int
    duration_us: int | None = None

    @property
    def content_type(self) -> str:
        return "video/mp4" if self.kind == "video" else "image/png"


def parse(name: str) -> NamedMedia | None:
    """The promise of `name`, or None for any other name, side or length: those are 404."""
    if match := _VIDEO.fullmatch(name):
        duration_us = int(Decimal(match[1]) * 1_000_000)
        width, height = (int(match[2]), int(match[3])) if match[2] else DEFAULT_SIZE
        media = NamedMedia(name, "video", width, height, duration_us)
        return media if 0 < duration_us <= MAX_DURATION_US and _sides_fit(media) else None
    if match := _IMAGE.fullmatch(name):
        media = NamedMedia(name, "image", int(match[1]), int(match[2]))
        return media if _sides_fit(media) else None
    return None


def _sides_fit(media: NamedMedia) -> bool:
    return 1 <= media.width <= MAX_SIDE and 1 <= media.height <= MAX_SIDE
