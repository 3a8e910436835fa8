"""The models the platform offers, from `contracts/models/*.json`: each read once, on first use."""

from functools import cache

import orjson

from mockserver.data import names, read
from mockserver.models.model import DurationBounds, Model
from mockserver.models.outputs import OutputFile
from mockserver.models.reference import MEDIA_REFERENCE, is_media_reference

__all__ = [
    "MEDIA_REFERENCE",
    "DurationBounds",
    "Model",
    "OutputFile",
    "get",
    "is_media_reference",
    "slugs",
]


@cache
def slugs() -> tuple[str, ...]:
    """Every model's slug, sorted; reads no model."""
    return names("models", ".json")


def get(slug: str) -> Model | None:
    """The model of that slug. Only a known slug ever reaches the file system."""
    return _load(slug) if slug in _known() else None


@cache
def _known() -> frozenset[str]:
    return frozenset(slugs())


@cache
def _load(slug: str) -> Model:
    return Model.of(orjson.loads(read("models", f"{slug}.json")))
