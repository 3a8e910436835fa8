"""A create over the rate limit."""

from dataclasses import dataclass

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Nothing is committed."""

    async def __call__(self, call: Call) -> None:
        call.note("The create was refused by a rate limit.")
        await call.write(
            call.refusal("rate_limited", "This key may create no more tasks now: wait, then retry.", retry_after_s=1)
        )
