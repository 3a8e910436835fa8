"""What does not exist yet is null instead of absent: an additive change."""

from dataclasses import dataclass

from mockserver.faults.call import Call, edit

LATER = ("cost_actual", "output", "error")


@dataclass(frozen=True, slots=True)
class NullFields:
    """In a task's answer."""

    async def __call__(self, call: Call) -> None:
        await call.write(edit(await call.answered(), with_nulls))


def with_nulls(value: object) -> object:
    """A task with a null for each member that it lacks."""
    if isinstance(value, dict) and "status" in value:
        return {**value, **{name: None for name in LATER if name not in value}}
    return value
