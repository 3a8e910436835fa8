"""A status that nobody documented, and that does not end the task."""

from dataclasses import dataclass

from mockserver.faults.call import Call, edit


@dataclass(frozen=True, slots=True)
class UnknownStatus:
    """In place of a status that is not terminal."""

    status: str = "moderating"

    def __post_init__(self) -> None:
        if not self.status or len(self.status) > 64:
            raise ValueError("status must have 1 to 64 characters")

    async def __call__(self, call: Call) -> None:
        await call.write(edit(await call.answered(), self._renamed))

    def _renamed(self, value: object) -> object:
        if isinstance(value, dict) and value.get("status") in ("queued", "processing"):
            return {**value, "status": self.status}
        return value
