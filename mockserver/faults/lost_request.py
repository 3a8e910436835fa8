"""The connection is reset before anything happened: nothing was stored, nothing charged."""

from dataclasses import dataclass

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class LostRequest:
    """TCP reset, not one byte."""

    async def __call__(self, call: Call) -> None:
        call.note("The connection was reset before the request was looked at.")
        await call.reset()
