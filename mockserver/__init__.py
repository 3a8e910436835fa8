"""A faithful fake of the MindVideo API: `mockserver.Server` starts one inside a test process."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.server import Server as Server

__version__ = "0.1.0"
__all__ = ["Server", "__version__"]


def __getattr__(name: str) -> object:
    """Import `Server` on first use: `import mockserver` alone must stay cheap for the CLI."""
    if name == "Server":
        from mockserver.server import Server

        return Server
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
