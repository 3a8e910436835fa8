"""Reads the contract's data files, wherever the packages are installed; runs none of the contract's code.

`importlib.resources` would import the package, and costs a cold start 25 ms.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def _root() -> Path:
    spec = find_spec("contracts")
    assert spec is not None, "mockserver is installed without contracts"
    assert spec.origin is not None, "contracts is a package with an __init__.py"
    return Path(spec.origin).parent


def read(*path: str) -> bytes:
    """The bytes of one file below `contracts/`; the path is ours, never a client's."""
    return _root().joinpath(*path).read_bytes()


def names(folder: str, suffix: str) -> tuple[str, ...]:
    """The names, without `suffix`, of the files of one folder, sorted."""
    entries = (entry.name for entry in _root().joinpath(folder).iterdir())
    return tuple(sorted(name.removesuffix(suffix) for name in entries if name.endswith(suffix)))
