"""An error status in place of the answer: before the work was done, or after."""

from dataclasses import dataclass
from typing import Literal

from mockserver.faults.call import Call, Phase
from mockserver.http import Headers

CODES = {
    429: "rate_limited",
    500: "internal_error",
    502: "bad_gateway",
    503: "unavailable",
    504: "gateway_timeout",
}


@dataclass(frozen=True, slots=True)
class Status:
    """`retry_after` is sent as given; `retry_after_date_in_s` becomes an HTTP-date so far ahead on the wall."""

    code: Literal[429, 500, 502, 503, 504] = 503
    phase: Phase = "before"
    retry_after: str | int | float | None = None
    retry_after_date_in_s: float | None = None

    async def __call__(self, call: Call) -> None:
        if self.phase == "after":
            await call.answered()
        call.note(f"A {self.code} took the place of the answer, {self.phase} the commit.")
        answer = call.error(self.code, CODES[self.code], "The server could not answer.")
        answer.headers += self._headers(call)
        await call.write(answer)

    def _headers(self, call: Call) -> Headers:
        if self.retry_after_date_in_s is not None:
            return [(b"retry-after", call.http_date(self.retry_after_date_in_s).encode())]
        return [] if self.retry_after is None else [(b"retry-after", str(self.retry_after).encode("latin-1"))]
