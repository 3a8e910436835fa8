"""The connection is closed cleanly without an answer."""

from dataclasses import dataclass

from mockserver.faults.call import Call, Phase


@dataclass(frozen=True, slots=True)
class Close:
    """FIN, not one byte; `phase` tells whether the work was done."""

    phase: Phase = "before"

    async def __call__(self, call: Call) -> None:
        if self.phase == "after":
            await call.answered()
        call.note(f"The connection was closed without an answer, {self.phase} the commit.")
        await call.close()
