"""No byte for a while, before or after the headers; then the answer, if the client is still there."""

from dataclasses import dataclass
from typing import Literal

from mockserver.faults.call import Call, positive


@dataclass(frozen=True, slots=True)
class Stall:
    """`seconds` of wall time."""

    seconds: float = 30
    phase: Literal["before_headers", "after_headers"] = "before_headers"

    def __post_init__(self) -> None:
        positive("seconds", self.seconds)

    async def __call__(self, call: Call) -> None:
        answer = await call.answered()
        if self.phase == "before_headers":
            await call.wait(self.seconds)
            await call.write(answer)
            return
        await call.start(answer)
        await call.flush()
        await call.wait(self.seconds)
        await call.end(answer.body)
