"""A key that works no more: from here on every matching request is refused."""

from dataclasses import dataclass

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """Nothing is committed."""

    async def __call__(self, call: Call) -> None:
        call.note("The key was revoked.")
        await call.write(
            call.refusal(
                "unauthorized",
                "The API key is missing or unknown: send 'Authorization: Bearer <key>' with a key of this server.",
            )
        )
