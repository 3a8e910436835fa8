"""An older view after a newer one; what ended a task is never taken back."""

from dataclasses import dataclass

from mockserver.faults.call import Call, edit, positive


@dataclass(frozen=True, slots=True)
class StaleRead:
    """`back` statuses older than the task is."""

    back: int = 1

    def __post_init__(self) -> None:
        positive("back", self.back)

    async def __call__(self, call: Call) -> None:
        await call.write(edit(await call.answered(), _older))


def _older(value: object) -> object:
    if isinstance(value, dict) and value.get("status") == "processing":
        return {**value, "status": "queued"}
    return value
