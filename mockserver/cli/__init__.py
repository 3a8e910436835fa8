"""`mindvideo-mock`. Serving and the health check are what has to be quick: they do without Typer where they can."""

import gc
import signal
import sys
from collections.abc import Sequence
from types import FrameType


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 well, 1 no (a check that failed), 2 a command that cannot be obeyed."""
    words = sys.argv[1:] if arguments is None else arguments
    if list(words[:1]) == ["serve"]:
        gc.disable()  # What is imported stays; looking for garbage among it costs a tenth of the start.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
    sys.exit(run(words))


def _leave(number: int, frame: FrameType | None) -> None:
    """A signal that comes before there is a server to stop."""
    sys.exit(0)


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command line."""
    command, words = next(iter(arguments), None), list(arguments[1:])
    if command == "serve":
        from mockserver.cli.load import scan
        from mockserver.cli.running import serve

        flags = scan(words)
        if flags is not None:
            return serve(flags)
    if command == "healthcheck" and len(words) < 2 and not any(word.startswith("-") for word in words):
        from mockserver.cli.health import check

        return check(*words)
    from mockserver.cli.commands import invoke

    return invoke(arguments)
