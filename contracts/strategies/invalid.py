"""Requests that break exactly one rule, each with the clause and the place. From contract data alone."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from contracts.strategies.inputs import bounded, inputs, itself, put
from contracts.strategies.references import SHORTEST_INLINE_MS, inline_image, inline_video, references
from contracts.strategies.requests import best_known_first, known
from mockserver import models
from mockserver.models import Model
from mockserver.pointers import pointer, split
from mockserver.records import Kind
from mockserver.tasks.examine import MEMBERS

Json = dict[str, Any]
Place = tuple[str, ...]

GONE = None, "stands for no value"
Edit = tuple[str, object]
"""A member, and the value it gets; `GONE` takes it away."""

VALUES_OF_EACH_TYPE: tuple[object, ...] = (None, True, 7, 0.5, "text", [], {})
NO_REFERENCES = ("", "ref.png", "//cdn.example/ref.png", "ftp://cdn.example/ref.png", "https://", "data:", "data:,")
NO_MEDIA = ("data:image/png;base64,AAAA", "data:video/mp4;base64,AAAA", "data:text/plain,hello")

WRONG_FILES: dict[Kind, st.SearchStrategy[str]] = {
    "image": st.sampled_from((*NO_REFERENCES, *NO_MEDIA)) | st.just(SHORTEST_INLINE_MS).map(inline_video),
    "video": st.sampled_from((*NO_REFERENCES, *NO_MEDIA)) | st.builds(inline_image),
}

NO_SLUGS = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True).filter(lambda slug: slug not in models.slugs())


@dataclass(frozen=True, slots=True)
class InvalidRequest:
    """A body that is refused for one thing alone: `clause` is the broken promise, `pointer` the error's `param`."""

    body: Any
    clause: str
    pointer: str


def invalid_task_requests(model: str | None = None) -> st.SearchStrategy[InvalidRequest]:
    """Creates that the fake refuses, for that model or for any; all but one rule are kept.

    The simplest lacks its `input`. Kinds: the body itself (D-CREATE), the model's schema (D-SCHEMA), a media member
    that holds no such file (D-INPUT), a video too short or too long (the clause of the model's rule).

    Raises:
        ValueError: for a slug that is none.
    """
    if model is None:
        return st.sampled_from(best_known_first()).flatmap(_invalid)
    return _invalid(known(model).slug)


@cache
def _invalid(slug: str) -> st.SearchStrategy[InvalidRequest]:
    return broken(known(slug))


def broken(model: Model) -> st.SearchStrategy[InvalidRequest]:
    """Every kind there is for the model, equally often."""
    edits = st.one_of([_edited(model, *each) for each in _edits(model.document["input_schema"]["schema"], ())])
    kinds = [
        _create(model, inputs(model)),
        edits,
        st.one_of([_no_media(model, member["at"]) for member in model.document["media"]]),
        *(_wrong_length(model, rule) for rule in model.document["rules"]),
    ]
    simplest = st.builds(
        InvalidRequest, st.builds(dict, model=st.just(model.slug)), st.just("D-CREATE"), st.just("/input")
    )
    weighed = [kind for kind in kinds if not kind.is_empty] * 3
    return st.sampled_from([simplest, *weighed]).flatmap(itself)


@st.composite
def _create(draw: st.DrawFn, model: Model, valid: st.SearchStrategy[Json]) -> InvalidRequest:
    """A member of the body that is missing, of another type, unknown, or a model there is not; or no object at all."""
    body: Json = {"model": model.slug, "input": draw(valid)}
    way = draw(st.sampled_from(["missing", "type", "surplus", "model", "body"]))
    if way == "body":
        return InvalidRequest(draw(st.sampled_from([[body], model.slug, 7])), "D-CREATE", "")
    if way == "model":
        return InvalidRequest(body | {"model": draw(NO_SLUGS)}, "D-CREATE", "/model")
    if way == "surplus":
        name = draw(st.text(min_size=1).filter(lambda name: name not in MEMBERS))
        return InvalidRequest(body | {name: draw(_values())}, "D-CREATE", pointer((name,)))
    name = draw(st.sampled_from(sorted(MEMBERS)))
    if way == "type":
        body[name] = draw(_values().filter(lambda value: not isinstance(value, MEMBERS[name])))
    else:
        del body[name]
    return InvalidRequest(body, "D-CREATE", pointer((name,)))


def _values() -> st.SearchStrategy[Any]:
    return st.sampled_from(VALUES_OF_EACH_TYPE).map(deepcopy)


def _edits(schema: Json, path: Place) -> Iterator[tuple[Place, st.SearchStrategy[Edit]]]:
    """What breaks one keyword of a schema of objects within objects, with the path of the object it is done to.

    What is in lists is left alone.
    """
    for name in schema.get("required", ()):
        yield path, st.just((name, GONE))
    if schema.get("additionalProperties") is False:
        yield path, st.tuples(st.text(min_size=1).filter(lambda name: name not in schema["properties"]), _values())
    for name, inner in schema.get("properties", {}).items():
        for keyword in [each for each in inner if each in BREAKERS]:
            yield path, st.tuples(st.just(name), BREAKERS[keyword](inner))
        yield from _edits(inner, (*path, name))


def _edited(model: Model, path: Place, edits: st.SearchStrategy[Edit]) -> st.SearchStrategy[InvalidRequest]:
    """Valid inputs with one edit of the object at the path, which breaks the schema just there."""

    def request(drawn: tuple[Json, Edit]) -> InvalidRequest:
        given, (name, value) = drawn
        parent = given
        for part in path:
            parent = parent.setdefault(part, {})
        if value is GONE:
            parent.pop(name, None)
        else:
            parent[name] = deepcopy(value)
        return _refused(model, given, "D-SCHEMA", pointer(("input", *path, name)))

    def is_all(made: InvalidRequest) -> bool:
        return [each.param for each in model.violations(made.body["input"], upstream=False)] == [made.pointer]

    return st.tuples(inputs(model, frozenset(path[:1])), edits).map(request).filter(is_all)


def _refused(model: Model, given: Json, clause: str, place: str) -> InvalidRequest:
    return InvalidRequest({"model": model.slug, "input": given}, clause, place)


def _without(schema: Json, *keywords: str) -> Json:
    return {name: value for name, value in schema.items() if name not in keywords}


def _other_types(schema: Json) -> st.SearchStrategy[Any]:
    return _values() if schema.keys().isdisjoint(("enum", "const")) else st.nothing()


def _unlisted(schema: Json) -> st.SearchStrategy[Any]:
    listed: Json = {name: schema[name] for name in ("enum", "const") if name in schema}
    return from_schema({**_without(schema, *listed), "not": listed}, allow_x00=False)


def _numbers(keyword: str, opposite: str) -> Callable[[Json], st.SearchStrategy[Any]]:
    def beyond(schema: Json) -> st.SearchStrategy[Any]:
        return from_schema(bounded({"type": "number"} | _without(schema, keyword) | {opposite: schema[keyword]}))

    return beyond


def _shorter(length: int) -> st.SearchStrategy[int]:
    return st.integers(0, length - 1) if length else st.nothing()


def _unlike(schema: Json) -> st.SearchStrategy[Any]:
    return from_schema({"type": "string", "not": {"pattern": schema["pattern"]}}, allow_x00=False)


BREAKERS: dict[str, Callable[[Json], st.SearchStrategy[Any]]] = {
    "type": _other_types,
    "enum": _unlisted,
    "const": _unlisted,
    "minimum": _numbers("minimum", "exclusiveMaximum"),
    "maximum": _numbers("maximum", "exclusiveMinimum"),
    "exclusiveMinimum": _numbers("exclusiveMinimum", "maximum"),
    "exclusiveMaximum": _numbers("exclusiveMaximum", "minimum"),
    "minLength": lambda schema: _shorter(schema["minLength"]).map("x".__mul__),
    "maxLength": lambda schema: st.integers(schema["maxLength"] + 1, schema["maxLength"] + 9).map("x".__mul__),
    "minItems": lambda schema: _shorter(min(schema["minItems"], 1)).map([].__mul__),
    "pattern": _unlike,
}
"""By keyword of a schema: values that break it and keep the others beside it."""


def _no_media(model: Model, place: str) -> st.SearchStrategy[InvalidRequest]:
    """One media member that holds no reference, a broken file, or one of the other kind."""
    top = split(place)[0]

    def of_top(given: Json) -> list[tuple[str, Kind]]:
        return [(place, kind) for place, kind, _ in model.media(given) if split(place)[1] == top]

    @st.composite
    def requests(draw: st.DrawFn, valid: st.SearchStrategy[Json]) -> InvalidRequest:
        given = draw(valid.filter(of_top))
        place, kind = draw(st.sampled_from(of_top(given)))
        path = [int(part) if part.isdecimal() else part for part in split(place)[1:]]
        put(given, path, draw(WRONG_FILES[kind]))
        assume(not model.violations(given, upstream=False))
        return _refused(model, given, "D-INPUT", place)

    return requests(inputs(model, frozenset((top,))))


def _wrong_length(model: Model, rule: Json) -> st.SearchStrategy[InvalidRequest]:
    """A video just or far outside what the rule allows."""
    place = f"/input{rule['of']}"

    def bounds_ms(given: Json) -> list[tuple[int, int]]:
        return [(shortest, longest) for at, shortest, longest, _ in model.duration_bounds(given) if at == place]

    @st.composite
    def requests(draw: st.DrawFn, valid: st.SearchStrategy[Json]) -> InvalidRequest:
        given = draw(valid.filter(bounds_ms))
        shortest_ms, longest_ms = bounds_ms(given)[0]
        wrong = references("video", longest_ms + 1, longest_ms * 2, inline=False)
        if shortest_ms > 1:
            wrong = references("video", 1, shortest_ms - 1, inline=True) | wrong
        put(given, split(rule["of"]), draw(wrong))
        return _refused(model, given, rule["clause"], place)

    return requests(inputs(model, frozenset(split(rule[name])[0] for name in ("of", "by"))))
