"""A `Retry-After` that makes no sense."""

from dataclasses import dataclass
from typing import Literal

from mockserver.faults.call import Call
from mockserver.faults.status import CODES


@dataclass(frozen=True, slots=True)
class OddRetryAfter:
    """`value` is sent as given; of a list, each on a header line of its own."""

    value: str | int | float | list[str] = "-1"
    code: Literal[429, 503] = 503

    async def __call__(self, call: Call) -> None:
        call.note(f"A {self.code} with the Retry-After {self.value!r} took the place of the answer.")
        answer = call.error(self.code, CODES[self.code], "The server could not answer.")
        values = self.value if isinstance(self.value, list) else [str(self.value)]
        answer.headers += [(b"retry-after", value.encode("latin-1", "replace")) for value in values]
        await call.write(answer)
