"""Reads the contract's data files, wherever the packages are installed; knows nothing of what is in them."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


@cache
def _root() -> Traversable:
    return files("contracts")


def read(*path: str) -> bytes:
    """The bytes of one file below `contracts/`; the path is ours, never a client's."""
    return _root().joinpath(*path).read_bytes()


def names(folder: str, suffix: str) -> tuple[str, ...]:
    """The names, without `suffix`, of the files of one folder, sorted."""
    entries = (entry.name for entry in _root().joinpath(folder).iterdir())
    return tuple(sorted(name.removesuffix(suffix) for name in entries if name.endswith(suffix)))
