"""The listener is down for a while: connections are refused."""

from dataclasses import dataclass

from mockserver.faults.call import Call, positive


@dataclass(frozen=True, slots=True)
class Refuse:
    """`seconds` of wall time, on the port that the request came in by; the request itself is reset."""

    seconds: float = 1

    def __post_init__(self) -> None:
        positive("seconds", self.seconds)

    async def __call__(self, call: Call) -> None:
        call.note(f"The listener went down for {self.seconds:g} s.")
        call.connection.refuse(self.seconds)
        await call.reset()
