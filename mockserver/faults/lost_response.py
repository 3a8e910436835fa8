"""The work is done and committed; the connection is reset before the answer."""

from dataclasses import dataclass

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class LostResponse:
    """TCP reset after the commit, not one byte."""

    async def __call__(self, call: Call) -> None:
        await call.answered()
        call.note("The request was carried out; the connection was reset before the answer.")
        await call.reset()
