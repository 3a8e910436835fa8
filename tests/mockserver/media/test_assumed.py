"""What a foreign URL says of its file."""

import pytest

from mockserver.media import assumed


@pytest.mark.parametrize(
    ("url", "duration_us"),
    [
        ("https://example.com/ref-video-8s.mp4", 8_000_000),
        ("https://example.com/a-3s.b-4.25s.mp4?x=-9s.mp4#-7s.", 4_250_000),
        ("https://example.com/dance-10s.final.mov", 10_000_000),
        ("https://example.com/-5s.d/dance.mp4", None),
        ("https://example.com/dance.mp4", None),
        ("https://example.com/dance-8s", None),
        ("https://example.com/dance-s.mp4", None),
        ("https://example.com/dance-0s.mp4", 0),
        ("https://example.com/dance-12345678901s.mp4", None),
        ("https://[/dance-8s.mp4", None),
        ("", None),
    ],
)
@pytest.mark.clause("M-ASSUMED")
def test_seconds(url: str, duration_us: int | None) -> None:
    """The last `-<number>s.` of the last path segment counts; nothing else does, and no URL raises."""
    assert assumed.duration_us_in(url) == duration_us
