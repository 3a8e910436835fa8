"""What the MindVideo API promises, as data (JSON, TOML): models, clauses, open questions, the OpenAPI document.

Above the data stands the harness that holds clients to it: `contracts.hold(client)` in a test.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contracts.harness import Options as Options
    from contracts.harness import hold as hold
    from contracts.run import Profile as Profile

_PLACES = {"hold": "contracts.harness", "Options": "contracts.harness", "Profile": "contracts.run"}


def __getattr__(name: str) -> Any:
    """The harness is imported when it is asked for: the fake reads this package's data and must not pay for it."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)
