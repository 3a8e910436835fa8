"""A 409 on create: another one with the key is in flight, or had another payload."""

from dataclasses import dataclass
from typing import Literal

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class Conflict:
    """In flight comes with `Retry-After`, a mismatch without; nothing is committed."""

    kind: Literal["in_flight", "mismatch"] = "in_flight"

    async def __call__(self, call: Call) -> None:
        call.note(f"The create was refused as {self.kind.replace('_', ' ')}.")
        if self.kind == "in_flight":
            text = "A create with this Idempotency-Key is still being processed: wait, then retry with the same key."
            await call.write(call.refusal("idempotency_in_flight", text, retry_after_s=1))
        else:
            text = "This Idempotency-Key was used with a different payload: send the same payload, or a new key."
            await call.write(call.refusal("idempotency_mismatch", text))
