"""What files a succeeded task has, from a model's `output_rules` and the facts of its references."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.records import Kind, MediaFacts

Lookup = Callable[[str], object]
"""The value of the input at a place, its schema's default where absent, else None."""

LONGEST_SIDE_PX = 4096
SHORTEST_SIDE_PX = 16
US_PER_S = 1_000_000
_RATIO = re.compile(r"([1-9][0-9]{0,3})[:x]([1-9][0-9]{0,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file to make. `picture_at` and `sound_at` point at the references that are to be seen and heard in it;
    sound without `sound_at` is to be invented."""

    kind: Kind
    width: int
    height: int
    duration_us: int | None
    sound: bool
    watermark: bool
    picture_at: str | None
    sound_at: str | None


def output_files(
    output: str, rules: Mapping[str, Any], value: Lookup, facts: Mapping[str, MediaFacts]
) -> list[OutputFile]:
    """The files of one task. `facts` are keyed by pointers into the body, `rules` name places in the input."""
    picture_at = next((f"/input{place}" for place in rules.get("picture", ()) if isinstance(value(place), str)), None)
    watermark = "watermark" in rules and value(rules["watermark"]) is True
    if output == "images":
        width, height = _image_size(rules, value)
        image = OutputFile("image", width, height, None, False, watermark, picture_at, None)
        return [image] * _clamped(value(rules["count"]["by"]), 1, 1, rules["count"]["most"])
    width, height = _video_size(rules, value, facts)
    sound, sound_at = _sound(rules.get("sound"), value, facts)
    length_us = _length_us(rules["length"], value, facts)
    return [OutputFile("video", width, height, length_us, sound, watermark, picture_at, sound_at)]


def _length_us(rule: Mapping[str, Any], value: Lookup, facts: Mapping[str, MediaFacts]) -> int:
    """As long as the reference; without one, as long as the input asks."""
    reference = facts.get(f"/input{rule['of']}") if "of" in rule else None
    if reference is not None and reference.duration_us:
        most_us: int = rule["most_s"] * US_PER_S
        return min(reference.duration_us, most_us)
    asked = value(rule["by"]) if "by" in rule else None
    return _clamped(asked, rule["default_s"], rule["least_s"], rule["most_s"]) * US_PER_S


def _clamped(value: object, default: int, least: int, most: int) -> int:
    """An integer of the input (`5.0` is one, `true` is not), brought into bounds; the default for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        return default
    return int(max(least, min(value, most)))


def _video_size(rules: Mapping[str, Any], value: Lookup, facts: Mapping[str, MediaFacts]) -> tuple[int, int]:
    short_px = _sized(rules["short_side"], value)
    asked = _ratio(value(rules["aspect"]["by"])) if "aspect" in rules else None
    across, down = asked or (16, 9)
    if asked is None and _is_portrait(facts.get(f"/input{rules['turned_by']}") if "turned_by" in rules else None):
        across, down = down, across
    long_px = min(LONGEST_SIDE_PX, _even(short_px * max(across, down) / min(across, down)))
    return (long_px, short_px) if across >= down else (short_px, long_px)


def _image_size(rules: Mapping[str, Any], value: Lookup) -> tuple[int, int]:
    long_px = _sized(rules["long_side"], value)
    across, down = _ratio(value(rules["aspect"]["by"])) or (1, 1)
    short_px = max(SHORTEST_SIDE_PX, round(long_px * min(across, down) / max(across, down)))
    return (long_px, short_px) if across >= down else (short_px, long_px)


def _sized(rule: Mapping[str, Any], value: Lookup) -> int:
    """A side in pixels, by a member's value in any case."""
    asked = value(rule["by"])
    px: int = rule["sizes_px"].get(asked.lower() if isinstance(asked, str) else None, rule["default_px"])
    return px


def _ratio(asked: object) -> tuple[int, int] | None:
    match = _RATIO.fullmatch(asked) if isinstance(asked, str) else None
    return (int(match[1]), int(match[2])) if match else None


def _is_portrait(reference: MediaFacts | None) -> bool:
    return reference is not None and (reference.height or 0) > (reference.width or 0)


def _even(side_px: float) -> int:
    """The nearest even number: video encoders want one."""
    return round(side_px / 2) * 2


def _sound(rule: Mapping[str, Any] | None, value: Lookup, facts: Mapping[str, MediaFacts]) -> tuple[bool, str | None]:
    """Whether there is sound, and whose. Only a probed reference is known to be silent."""
    if rule is None or ("by" in rule and value(rule["by"]) != rule["when"]):
        return False, None
    if "of" not in rule:
        return True, None
    place = f"/input{rule['of']}"
    reference = facts.get(place)
    if reference is None or reference.has_sound or reference.source != "probed":
        return reference is not None, place if reference is not None and reference.has_sound else None
    return False, None
