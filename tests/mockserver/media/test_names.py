"""Names of served files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media import names
from mockserver.media.names import NamedMedia


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("ref-video-8s.mp4", NamedMedia("ref-video-8s.mp4", "video", 1280, 720, 8_000_000)),
        ("ref-video-2.9s-720x1280.mp4", NamedMedia("ref-video-2.9s-720x1280.mp4", "video", 720, 1280, 2_900_000)),
        ("ref-video-60s-1x4096.mp4", NamedMedia("ref-video-60s-1x4096.mp4", "video", 1, 4096, 60_000_000)),
        ("ref-video-0.000001s.mp4", NamedMedia("ref-video-0.000001s.mp4", "video", 1280, 720, 1)),
        ("ref-image-640x480.png", NamedMedia("ref-image-640x480.png", "image", 640, 480)),
    ],
)
@pytest.mark.clause("M-NAMED")
def test_promise(name: str, media: NamedMedia) -> None:
    """A name states kind, length and size; a video without a size is 1280 by 720."""
    assert names.parse(name) == media


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ref-video-0s.mp4",
        "ref-video-60.000001s.mp4",
        "ref-video-61s.mp4",
        "ref-video--1s.mp4",
        "ref-video-1e1s.mp4",
        "ref-video-8s.mov",
        "ref-video-8.s.mp4",
        "ref-video-8s-0x720.mp4",
        "ref-video-8s-1280x4097.mp4",
        "ref-video-8s-1280.mp4",
        "ref-video-\u0668s.mp4",
        "ref-video-8s.mp4\n",
        "ref-image-640x480.jpg",
        "ref-image-0x480.png",
        "ref-image-640x4097.png",
        "ref-image-640x480.png/",
        "../ref-image-640x480.png",
    ],
)
@pytest.mark.clause("M-NAMED")
def test_other_names(name: str) -> None:
    """Any other name, a side over 4096 or under 1, and a length over 60 s or of nothing, name no file."""
    assert names.parse(name) is None


@given(st.integers(1, 60_000_000), st.integers(1, 4096), st.integers(1, 4096))
@pytest.mark.clause("M-NAMED")
def test_every_microsecond(duration_us: int, width: int, height: int) -> None:
    """Every length up to 60 s has a name, to the microsecond, and the name gives it back."""
    seconds = f"{duration_us // 1_000_000}.{duration_us % 1_000_000:06}"
    media = names.parse(f"ref-video-{seconds}s-{width}x{height}.mp4")
    assert media is not None
    assert (media.duration_us, media.width, media.height) == (duration_us, width, height)


def test_content_types() -> None:
    """Videos are MP4 and images PNG, and are served as such."""
    assert NamedMedia("v", "video", 1, 1, 1).content_type == "video/mp4"
    assert NamedMedia("i", "image", 1, 1).content_type == "image/png"
