"""Who lives in virtual time: the thread of a client, and what it waits for."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field


class Ended(BaseException):
    """The run is over: raised in the thread of a client that has not come to its end by itself."""


@dataclass(slots=True, eq=False)
class Actor:
    """A thread that lives in virtual time. `deadline_s` and `ready` say what it waits for while it is `blocked`."""

    blocked: bool = False
    ended: bool = False
    deadline_s: float | None = None
    ready: Callable[[], bool] | None = None
    pipe: tuple[int, int] = field(default_factory=os.pipe)

    def kick(self) -> None:
        """Wake it from whatever it polls."""
        os.write(self.pipe[1], b"!")

    def calm(self) -> None:
        """Forget a kick."""
        os.read(self.pipe[0], 64)

    def close(self) -> None:
        """Let go of the pipe, once its thread is done."""
        for end in self.pipe:
            os.close(end)
