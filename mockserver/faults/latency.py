"""The answer takes longer."""

from dataclasses import dataclass

from mockserver.faults.call import Call, positive


@dataclass(frozen=True, slots=True)
class Latency:
    """`seconds` of wall time before the request is looked at."""

    seconds: float = 1

    def __post_init__(self) -> None:
        positive("seconds", self.seconds)

    async def __call__(self, call: Call) -> None:
        await call.wait(self.seconds)
        await call.let_through()
