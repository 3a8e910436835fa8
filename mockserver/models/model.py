"""One model: its contract data, and what follows from them for one input. Nothing here knows a slug."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from mockserver.models.outputs import OutputFile, output_files
from mockserver.models.schema import compiled, violations
from mockserver.pointers import at, default_at, find, pointer
from mockserver.records import Kind, MediaFacts, Violation

UPSTREAM_SCHEMA_CLAUSE = "U-SCHEMA"


DurationBounds = tuple[str, int, int, str]
"""How long the media at one pointer may be: (pointer, shortest ms, longest ms, why), both ends included."""


@dataclass(frozen=True, slots=True)
class MediaMember:
    """Where an input names a file: a `pattern` into it; where that is one member, its `name`, and its `place` in the
    body."""

    pattern: str
    kind: Kind
    name: str | None
    place: str


def _member(pattern: str, kind: Kind) -> MediaMember:
    is_plain = pattern.count("/") == 1
    return MediaMember(pattern, kind, pattern[1:] if is_plain else None, f"/input{pattern}")


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `document` is its whole contract file; all pointers given out are into the request body.

    `reference_video` is the member whose whole seconds count where billing is per second, `figures` are the prices by
    the value that decides, the first one standing in for any other.
    """

    slug: str
    name: str
    output: Literal["videos", "images"]
    coverage: Literal["complete", "partial"]
    document: dict[str, Any]
    reference_video: str | None
    figures: Mapping[str, Decimal]
    members: tuple["MediaMember", ...]
    validators: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, document: dict[str, Any]) -> "Model":
        """The model a contract file describes."""
        prices = document["prices"]
        place = prices.get("per_second_of")
        return cls(
            slug=document["slug"],
            name=document["name"],
            output=document["output"],
            coverage=document["coverage"],
            document=document,
            reference_video=None if place is None else f"/input{place}",
            figures={each.get("when", ""): Decimal(each["figure"]) for each in prices["figures"]},
            members=tuple(_member(each["at"], each["kind"]) for each in document["media"]),
        )

    @property
    def example_input(self) -> dict[str, Any]:
        value: dict[str, Any] = self.document["example_input"]["value"]
        return value

    def violations(self, value: object, *, upstream: bool) -> list[Violation]:
        """Everything the schema forbids; with `upstream`, also what only the provider behind forbids."""
        found = self._violations_of("input_schema", value, "D-SCHEMA")
        if upstream and "upstream_schema" in self.document:
            known = {(violation.param, violation.code) for violation in found}
            further = self._violations_of("upstream_schema", value, UPSTREAM_SCHEMA_CLAUSE)
            found = found + [each for each in further if (each.param, each.code) not in known]
        return found

    def _violations_of(self, part: str, value: object, clause: str) -> list[Violation]:
        validator = self.validators.get(part)
        if validator is None:
            validator = self.validators[part] = compiled(self.document[part]["schema"])
        return violations(validator, value, ("input",), clause)

    def media(self, value: Mapping[str, Any]) -> list[tuple[str, Kind, str]]:
        """Every media member that is there and is text: where, what it must be, what it says."""
        found: list[tuple[str, Kind, str]] = []
        for member in self.members:
            if member.name is not None:
                text = value.get(member.name)
                if isinstance(text, str):
                    found.append((member.place, member.kind, text))
                continue
            for path, text in find(value, member.pattern):
                if isinstance(text, str):
                    found.append((pointer(("input", *path)), member.kind, text))
        return found

    def duration_bounds(self, value: Mapping[str, Any]) -> list[DurationBounds]:
        """The bounds this input sets to the length of its media."""
        found: list[DurationBounds] = []
        for rule in self.document["rules"]:
            chosen = self._value(value, rule["by"])
            bounds = rule["bounds_ms"].get(chosen) if isinstance(chosen, str) else None
            if bounds is not None:
                min_ms, max_ms = bounds
                found.append((f"/input{rule['of']}", min_ms, max_ms, _reason(rule["by"], chosen, min_ms, max_ms)))
        return found

    def figure(self, value: Mapping[str, Any]) -> Decimal:
        """The price of this input, per task or per second; the first figure where none is for its value."""
        by = self.document["prices"].get("by")
        chosen = None if by is None else self._value(value, by)
        found = self.figures.get(chosen) if isinstance(chosen, str) else None
        return next(iter(self.figures.values())) if found is None else found

    def upstream_media(self, kind: Kind) -> dict[str, Any] | None:
        """What the provider behind asks of media of this kind, or None."""
        limits: dict[str, Any] | None = self.document.get("upstream_media", {}).get(kind)
        return limits

    def output_files(self, value: Mapping[str, Any], facts: Mapping[str, MediaFacts]) -> list[OutputFile]:
        """The files a success brings; `facts` are keyed by pointer into the body."""
        return output_files(self.output, self.document["output_rules"], lambda place: self._value(value, place), facts)

    def _value(self, value: Mapping[str, Any], place: str) -> object:
        """What the input says at a place, or the default its schema gives."""
        said = at(value, place)
        if said is not None:
            return said
        default = default_at(self.document["input_schema"]["schema"], place)
        return default if default is not None else default_at(at(self.document, "/upstream_schema/schema"), place)


@lru_cache(maxsize=256)
def _reason(place: str, chosen: str, min_ms: int, max_ms: int) -> str:
    return f"{place.removeprefix('/')} {chosen} needs a reference video of {min_ms / 1000:g} to {max_ms / 1000:g} s"
