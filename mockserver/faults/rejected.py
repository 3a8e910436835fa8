"""A create that is refused as invalid."""

from dataclasses import dataclass

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing is committed."""

    async def __call__(self, call: Call) -> None:
        call.note("The create was refused as invalid.")
        await call.write(call.refusal("invalid_input", "The input was rejected."))
