"""A database that says nothing: what waits for it is given up at once, and for a moment nobody asks it again.

Where packets vanish there is no reset and no error, and TCP goes on for a quarter of an hour. A statement or connect
that ran out of time begins a silence: its connection is dropped without a goodbye (that, too, would wait for an
answer), so is each that was made before when it comes to be used, and no new one is made until the silence is over.
"""

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from mockserver.clock import monotonic_s

PAUSE_S = 1.0
"""Then those who come try again."""


class Silence:
    """Of one engine. Each lasts `pause_s` seconds."""

    def __init__(self, engine: Engine, pause_s: float = PAUSE_S) -> None:
        self._pause_s = pause_s
        self._until_s = 0.0
        event.listen(engine, "handle_error", self._drop)
        event.listen(engine, "close", _hang_up)
        event.listen(engine, "do_connect", self._refuse)

    def begin(self) -> None:
        """From now, for a moment."""
        self._until_s = monotonic_s() + self._pause_s

    def check(self) -> None:
        """Go on only where there is none.

        Raises:
            ConnectionError: if there is. (A time-out would begin it anew.)
        """
        if monotonic_s() < self._until_s:
            raise ConnectionError("it was silent a moment ago")

    def _drop(self, context: ExceptionContext) -> None:
        """A connection whose statement ran out of time is dead, and so are those that lie about."""
        if isinstance(context.original_exception, TimeoutError):
            self.begin()
            context.is_disconnect = True

    def _refuse(self, *_: object) -> None:
        """Whoever waited for others to give up their connection does not wait once more."""
        self.check()


def _hang_up(connection: Any, _: object) -> None:
    """Without a word: there may be nobody to say it to."""
    connection.driver_connection.terminate()
