"""Bytes that are not the HTTP body that was promised; the status stays."""

from dataclasses import dataclass
from typing import Literal

from mockserver.faults.call import Call, with_body

NOISE = bytes(range(128, 256))


@dataclass(frozen=True, slots=True)
class Garbage:
    """`json`: the body is cut so that it parses no more. `chunk`: a chunk without a size. `bytes`: noise as body."""

    kind: Literal["json", "chunk", "bytes"] = "json"

    async def __call__(self, call: Call) -> None:
        answer = await call.answered()
        if self.kind == "json":
            await call.write(with_body(answer, answer.body[: max(1, len(answer.body) // 2)] + b"\x00{"))
        elif self.kind == "bytes":
            await call.write(with_body(answer, NOISE))
        else:
            answer.headers = [(name, value) for name, value in answer.headers if name != b"content-length"]
            await call.start(answer)
            await call.piece(answer.body[:1])
            await call.flush()
            call.connection.write(b"zz\r\nno chunk\r\n")
            await call.close()
