"""JSON Pointers (RFC 6901): writing them, and following them, with `*` for every item of a list."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

Path = tuple[str | int, ...]


def pointer(path: Iterable[str | int]) -> str:
    """The JSON Pointer of a path, `~` and `/` escaped."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


@lru_cache(maxsize=256)
def split(text: str) -> tuple[str, ...]:
    """The members a pointer of our own data names; such names hold neither `~` nor `/`."""
    return tuple(text.split("/")[1:])


def find(document: object, pattern: str) -> Iterator[tuple[Path, object]]:
    """Every value the pattern leads to, with its path, in document order; what is not there is left out."""
    yield from _find(document, split(pattern), ())


def _find(value: object, parts: tuple[str, ...], path: Path) -> Iterator[tuple[Path, object]]:
    if not parts:
        yield path, value
        return
    part, rest = parts[0], parts[1:]
    if isinstance(value, dict):
        if part in value:
            yield from _find(value[part], rest, (*path, part))
    elif isinstance(value, list):
        for index in range(len(value)) if part == "*" else [int(part)] if part.isdecimal() else []:
            if index < len(value):
                yield from _find(value[index], rest, (*path, index))


def at(document: object, place: str) -> object:
    """The value at one place, or None."""
    parts = split(place)
    if len(parts) == 1 and isinstance(document, dict):
        return document.get(parts[0])
    for part in parts:
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def default_at(schema: object, place: str) -> object:
    """The default a JSON Schema gives the member at that place, or None."""
    for part in split(place):
        schema = at(at(schema, "/properties"), f"/{part}")
    return at(schema, "/default")
