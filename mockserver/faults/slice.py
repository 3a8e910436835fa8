"""The body comes in tiny packets."""

from dataclasses import dataclass

from mockserver.faults.call import Call, positive


@dataclass(frozen=True, slots=True)
class Slice:
    """`bytes` in each packet, `interval_s` of wall time between two."""

    bytes: int = 16
    interval_s: float = 0.001

    def __post_init__(self) -> None:
        positive("bytes", self.bytes)
        positive("interval_s", self.interval_s)

    async def __call__(self, call: Call) -> None:
        answer = await call.answered()
        await call.start(answer)
        await call.pieces(answer.body, self.bytes, self.interval_s)
