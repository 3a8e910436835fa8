"""The first reads of a new task do not find it yet."""

from dataclasses import dataclass

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class ReadLag404:
    """404 for the first `times` reads of the next created task."""

    async def __call__(self, call: Call) -> None:
        call.note("The new task was not to be found yet.")
        await call.write(call.refusal("task_not_found", "This account has no task of that id."))
