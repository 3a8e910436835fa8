"""The upstream's limits on reference media, checked where `media_rules` is `upstream` (API.md §2).

The limits are data of the model. Megabytes there are counted as the upstream's own checks seem to, generously:
10 MB is 10 * 1024 * 1024 bytes. Only what is known of a file is held against it: an assumed or stated fact that
is missing breaks nothing.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from mockserver.records import MediaFacts


def violations(facts: MediaFacts, limits: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each broken limit as (code, message); a limit that is absent or null does not limit."""
    yield from _format(facts, limits)
    yield from _sides(facts, limits)
    yield from _ratio(facts, limits)
    max_bytes = limits.get("max_bytes")
    if max_bytes is not None and facts.size_bytes is not None and facts.size_bytes > max_bytes:
        yield "too_large", f"the {facts.kind} has {facts.size_bytes} bytes; at most {max_bytes} are taken"


def _format(facts: MediaFacts, limits: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    formats = limits.get("formats")
    if formats and facts.container is not None and facts.container not in formats:
        yield "unsupported_format", f"the {facts.kind} is {facts.container}; only {', '.join(formats)} are taken"


def _sides(facts: MediaFacts, limits: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    min_side, max_side = limits.get("min_side"), limits.get("max_side")
    for name, side in (("width", facts.width), ("height", facts.height)):
        if side is not None and min_side is not None and side < min_side:
            yield f"{name}_too_small", f"the {name} is {side} px; at least {min_side} px are needed"
        if side is not None and max_side is not None and side > max_side:
            yield f"{name}_too_large", f"the {name} is {side} px; at most {max_side} px are taken"


def _ratio(facts: MediaFacts, limits: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not facts.width or not facts.height:
        return
    ratio = Fraction(facts.width, facts.height)
    low, high = limits.get("min_ratio"), limits.get("max_ratio")
    too_low = low is not None and ratio < Fraction(str(low))
    if too_low or (high is not None and ratio > Fraction(str(high))):
        span = f"{'' if low is None else f'from {low} '}{'' if high is None else f'up to {high}'}".strip()
        yield "bad_ratio", f"width to height is {float(ratio):.3f}; {span} is taken"
