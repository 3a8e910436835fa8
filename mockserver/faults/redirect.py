"""A redirect that keeps the method, to the same origin or to another one."""

from dataclasses import dataclass
from typing import Literal

from mockserver.faults.call import Call
from mockserver.http import Answer


@dataclass(frozen=True, slots=True)
class Redirect:
    """`to` is an origin or a whole URL; without it the client is sent to where it came."""

    code: Literal[307, 308] = 307
    to: str | None = None

    def __post_init__(self) -> None:
        if self.to is not None and not self.to.startswith(("http://", "https://")):
            raise ValueError("to must be an http(s) URL")

    async def __call__(self, call: Call) -> None:
        path = call.scope["path"]
        target = self.to or path
        if target.count("/") == 2 and self.to is not None:
            target = f"{target}{path}"
        call.note(f"A {self.code} sent the client elsewhere.")
        headers = [(b"location", target.encode("latin-1", "replace")), (b"content-length", b"0")]
        await call.write(Answer(self.code, b"", headers))
