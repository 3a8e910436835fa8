"""The upstream's limits on media."""

from dataclasses import replace
from typing import Any

import pytest

from mockserver.media import upstream
from mockserver.records import MediaFacts

IMAGE_LIMITS: dict[str, Any] = {
    "formats": ["jpeg", "png"],
    "min_side": 300,
    "max_side": 3850,
    "min_ratio": 0.4,
    "max_ratio": 2.5,
    "max_bytes": 10 * 1024 * 1024,
}
IMAGE = MediaFacts("image", "probed", None, 640, 640, 1000, "png")


def codes(facts: MediaFacts, limits: dict[str, Any]) -> list[str]:
    found = list(upstream.violations(facts, limits))
    assert all(message[0].islower() for _, message in found)
    return [code for code, _ in found]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (IMAGE, []),
        (replace(IMAGE, width=300, height=750), []),
        (replace(IMAGE, width=750, height=300), []),
        (replace(IMAGE, size_bytes=10 * 1024 * 1024), []),
        (replace(IMAGE, size_bytes=10 * 1024 * 1024 + 1), ["too_large"]),
        (replace(IMAGE, container="webp"), ["unsupported_format"]),
        (replace(IMAGE, width=299, height=299), ["width_too_small", "height_too_small"]),
        (replace(IMAGE, width=3851), ["width_too_large", "bad_ratio"]),
        (replace(IMAGE, width=300, height=751), ["bad_ratio"]),
        (replace(IMAGE, width=751, height=300), ["bad_ratio"]),
        (MediaFacts("image", "assumed"), []),
    ],
)
@pytest.mark.clause("U-MEDIA")
def test_limits(facts: MediaFacts, expected: list[str]) -> None:
    """Every broken limit is named, both ends of a range are inside it, and what is not known breaks nothing."""
    assert codes(facts, IMAGE_LIMITS) == expected


@pytest.mark.clause("U-MEDIA")
def test_absent_limits() -> None:
    """A limit that is absent or null does not limit; a range may have one end."""
    wide = replace(IMAGE, width=9000, height=1, container="gif", size_bytes=10**9)
    assert codes(wide, {}) == []
    assert codes(wide, dict.fromkeys(IMAGE_LIMITS)) == []
    assert codes(wide, {"max_ratio": 2.5}) == ["bad_ratio"]
    assert codes(replace(wide, width=1, height=9000), {"min_ratio": 0.4}) == ["bad_ratio"]
