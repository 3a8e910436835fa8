"""What may stand where a model takes an image or a video: hosted files, and small real ones as `data:` URIs.

Of a hosted file the fake assumes what its name says (`--media assume`, the default); nothing is ever fetched.
"""

from base64 import b64encode
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from hypothesis import strategies as st

from mockserver.media import upstream
from mockserver.records import Kind, MediaFacts

ANY_LENGTH_MS = (1_000, 60_000)
MILD_MS = 8_000

SIDE_PX = 360
SHORTEST_INLINE_MS = 1_000
LONGEST_INLINE_MS = 10_000
"""A `data:` URI has at most some 6 KB: a journal keeps the body whole, and Hypothesis can print it."""

HOSTED = (
    "https://cdn.example/{}",
    "https://cdn.example/{}?expires=600&signature=a%2Fb%3D",
    "http://files.example:8080/a%20b/{}",
    "https://cdn.example/参考/{}",
)


@cache
def inline_image() -> str:
    """A small real PNG as a `data:` URI: a plain square."""
    from mockserver.media import png

    return f"data:image/png;base64,{b64encode(png.encode(_plain())).decode()}"


@lru_cache(maxsize=64)
def inline_video(length_ms: int) -> str:
    """A small real MP4 as a `data:` URI: a plain square for exactly that long, without sound."""
    from mockserver.media import h264, mp4

    track = h264.track(h264.encode(h264.frame(_plain())), length_ms * 1000)
    return f"data:video/mp4;base64,{b64encode(mp4.mux(length_ms * 1000, [track])).decode()}"


def _plain() -> Any:
    import numpy as np

    return np.full((SIDE_PX, SIDE_PX, 3), 128, np.uint8)


def fits(kind: Kind, limits: dict[str, Any] | None) -> bool:
    """Whether the small real file breaks none of a provider's limits on media of that kind."""
    facts = MediaFacts(kind, "probed", None, SIDE_PX, SIDE_PX, None, "png" if kind == "image" else "mp4")
    return not any(upstream.violations(facts, limits or {}))


@cache
def references(kind: Kind, shortest_ms: int, longest_ms: int, *, inline: bool) -> st.SearchStrategy[str]:
    """References to media of that kind; a video is as long as the bounds allow, both ends included.

    Simplest is a file on `cdn.example`; with `inline` some are `data:` URIs, where a short enough video will do.
    """
    if kind == "image":
        names = ["ref.png", "ref.jpg"]
        files = st.sampled_from(names)
    else:
        usual_ms = [MILD_MS] if shortest_ms <= MILD_MS <= longest_ms else []
        names = [_video_name(length_ms) for length_ms in (*usual_ms, shortest_ms, longest_ms)]
        files = st.sampled_from(names) | st.integers(shortest_ms, longest_ms).map(_video_name)
    choices = [st.just(HOSTED[0].format(names[0])), *(files.map(place.format) for place in HOSTED)]
    if inline and kind == "image":
        choices.append(st.builds(inline_image))
    elif inline and (length_ms := max(shortest_ms, SHORTEST_INLINE_MS)) <= min(longest_ms, LONGEST_INLINE_MS):
        choices.append(st.just(length_ms).map(inline_video))
    return st.one_of(choices)


def _video_name(length_ms: int) -> str:
    return f"ref-{seconds(length_ms)}s.mp4"


def seconds(length_ms: int) -> str:
    """Exactly, as file names have it."""
    return f"{Decimal(length_ms) / 1000:f}"
