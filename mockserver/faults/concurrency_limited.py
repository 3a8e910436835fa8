"""A create over the limit of unfinished tasks."""

from dataclasses import dataclass

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class ConcurrencyLimited:
    """Nothing is committed."""

    async def __call__(self, call: Call) -> None:
        call.note("The create was refused by a concurrency limit.")
        await call.write(
            call.refusal(
                "concurrency_limited",
                "Too many tasks are unfinished: wait for one to end, then retry.",
                retry_after_s=1,
            )
        )
