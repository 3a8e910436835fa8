"""The same members in another order."""

from dataclasses import dataclass

from mockserver.faults.call import Call, edit


@dataclass(frozen=True, slots=True)
class ReorderedFields:
    """Every object of the answer, turned round."""

    async def __call__(self, call: Call) -> None:
        await call.write(edit(await call.answered(), reordered))


def reordered(value: object) -> object:
    """The value with the members of every object in reverse order."""
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(child) for child in value] if isinstance(value, list) else value
