"""Containers told by their first bytes."""

import pytest

from mockserver.media import containers


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "png", "image"),
        (b"\xff\xd8\xff\xe0", "jpeg", "image"),
        (b"GIF89a", "gif", "image"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp", "image"),
        (b"BM\x46\0\0\0\0\0\0\0", "bmp", "image"),
        (b"\0\0\0\x20ftypavif", "avif", "image"),
        (b"\0\0\0\x20ftypheic", "heic", "image"),
        (b"\0\0\0\x20ftypisom", "mp4", "video"),
        (b"\0\0\0\x20ftypqt  ", "mov", "video"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov", "video"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "webm", "video"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "mkv", "video"),
    ],
)
@pytest.mark.clause("M-PROBE")
def test_known(head: bytes, name: str, kind: str) -> None:
    """Each container that is understood has its short name and kind."""
    container = containers.sniff(head)
    assert container is not None
    assert (container.name, container.kind) == (name, kind)


@pytest.mark.parametrize("head", [b"", b"#EXTM3U\n", b"ffconcat version 1.0", b"<svg", b"RIFF\0\0\0\0AVI ", bytes(64)])
@pytest.mark.clause("D-INPUT")
def test_unknown(head: bytes) -> None:
    """Playlists, scripts and everything else are no media, whatever FFmpeg could make of them."""
    assert containers.sniff(head) is None
