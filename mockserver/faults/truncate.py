"""The whole length is announced, a part of the body is sent."""

from dataclasses import dataclass

from mockserver.faults.call import Call, positive


@dataclass(frozen=True, slots=True)
class Truncate:
    """At most `bytes` of the body arrive, and never all of it; then the connection is closed."""

    bytes: int = 10

    def __post_init__(self) -> None:
        positive("bytes", self.bytes + 1)

    async def __call__(self, call: Call) -> None:
        answer = await call.answered()
        kept = min(self.bytes, max(0, len(answer.body) - 1))
        await call.start(answer)
        await call.piece(answer.body[:kept])
        await call.flush()
        await call.close()
