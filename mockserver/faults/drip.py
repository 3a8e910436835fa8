"""The body comes one byte at a time."""

from dataclasses import dataclass

from mockserver.faults.call import Call, positive


@dataclass(frozen=True, slots=True)
class Drip:
    """`interval_s` of wall time between two bytes."""

    interval_s: float = 1

    def __post_init__(self) -> None:
        positive("interval_s", self.interval_s)

    async def __call__(self, call: Call) -> None:
        answer = await call.answered()
        await call.start(answer)
        await call.pieces(answer.body, 1, self.interval_s)
