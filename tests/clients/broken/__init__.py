"""Clients that break one promise each, in a file named after it: the docstring of a file says how.

A file exports `client`, and where they are needed `ALSO`, other promises that cannot be kept either in some lives,
`PROFILE`, what the client claims, and `HINTS`, what it is to be told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


@dataclass(frozen=True, slots=True)
class Culprit:
    """A client that breaks the promise `id`. `profile` holds members of `contracts.run.Profile`, `hints` of `Hints`."""

    id: str
    client: Callable[..., Any]
    defect: str
    also: frozenset[str]
    profile: Mapping[str, Any]
    hints: Mapping[str, Any]


def culprit(name: str) -> Culprit:
    """The one whose file has that name."""
    module = import_module(f"{__name__}.{name}")
    assert module.__doc__ is not None, "the docstring says what is broken"
    return Culprit(
        id=name.upper(),
        client=module.client,
        defect=" ".join(module.__doc__.split()),
        also=getattr(module, "ALSO", frozenset()),
        profile=getattr(module, "PROFILE", {}),
        hints=getattr(module, "HINTS", {}),
    )


def culprits() -> list[Culprit]:
    """All of them, by name."""
    return [culprit(module.name) for module in iter_modules(__path__)]
