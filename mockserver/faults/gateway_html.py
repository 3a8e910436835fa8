"""A gateway's HTML page in place of the API; nothing is committed."""

from dataclasses import dataclass
from typing import Literal

from mockserver.faults.call import Call
from mockserver.http import Answer

PAGE = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1><hr>gateway</body></html>\n"


@dataclass(frozen=True, slots=True)
class GatewayHtml:
    """Under `code`, which a gateway may well make 200."""

    code: Literal[200, 502] = 502

    async def __call__(self, call: Call) -> None:
        call.note(f"A gateway answered {self.code} with an HTML page; the API never saw the request.")
        headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % len(PAGE))]
        await call.write(Answer(self.code, PAGE, headers))
