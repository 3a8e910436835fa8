"""A download that does not work out."""

from dataclasses import dataclass
from typing import Literal

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class Output:
    """`expired`: 403. `truncated`: full Content-Length, half the bytes. `wrong_length`: one byte more is announced."""

    kind: Literal["expired", "truncated", "wrong_length"] = "expired"

    async def __call__(self, call: Call) -> None:
        if self.kind == "expired":
            await call.write(call.refusal("output_expired", "This URL has expired."))
            return
        answer = await call.answered()
        body = answer.body
        if self.kind == "wrong_length":
            answer.headers = [
                (name, b"%d" % (len(body) + 1) if name == b"content-length" else value)
                for name, value in answer.headers
            ]
        await call.start(answer)
        await call.piece(body if self.kind == "wrong_length" else body[: len(body) // 2])
        await call.flush()
        await call.close()
