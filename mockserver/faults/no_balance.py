"""A create that the balance does not cover."""

from dataclasses import dataclass

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class NoBalance:
    """Nothing is committed."""

    async def __call__(self, call: Call) -> None:
        call.note("The create was refused for want of money.")
        await call.write(
            call.refusal("insufficient_balance", "The balance is 0.00000, this task needs more: top up the account.")
        )
