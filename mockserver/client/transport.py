"""One call of the control plane over HTTP, and how it fails."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

TIMEOUT_S = 30.0


class ControlError(Exception):
    """A call that was refused, or not answered (then `status` is None).

    `param` is the JSON Pointer to the first thing that is wrong in the request, `details` lists all of them.
    """

    def __init__(
        self, call: str, status: int | None, message: str, *, code: str = "", details: tuple[dict[str, str], ...] = ()
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.param = details[0]["param"] if details else None
        further = "".join(f"\n  {each['param'] or '(body)'}: {each['message']}" for each in details[1:])
        said = " ".join(str(part) for part in (call, status, code) if part)
        super().__init__(f"{said}: {message}{further}")


@dataclass(frozen=True, slots=True)
class Transport:
    """Where the server is. Each call has a connection of its own, so a transport may be shared between threads."""

    base_url: str
    admin_token: str | None = field(default=None, repr=False)
    timeout_s: float = TIMEOUT_S

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, object] | None = None,
        patience_s: float = 0,
    ) -> Any:
        """The parsed answer; None where it is empty. The server may take `patience_s` longer than usual.

        Raises:
            ControlError: if there is no answer, or a refusal.
        """
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        target = f"{path}?{urlencode(wanted)}" if wanted else path
        status, content = self._exchange(method, target, body, patience_s)
        if 200 <= status < 300:
            return orjson.loads(content) if content else None
        raise _refused(f"{method} {path}", status, content)

    def _exchange(self, method: str, target: str, body: object, patience_s: float) -> tuple[int, bytes]:
        parts = urlsplit(self.base_url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout_s + patience_s)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.admin_token is not None:
            headers["Authorization"] = f"Bearer {self.admin_token}"
        sent = None if body is None else orjson.dumps(body)
        try:
            connection.request(method, f"{parts.path.rstrip('/')}{target}", sent, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException) as error:
            text = f"{self.base_url} does not answer: {str(error) or type(error).__name__}"
            raise ControlError(f"{method} {target}", None, text) from error
        finally:
            connection.close()


def segment(text: str) -> str:
    """Text as one segment of a path."""
    return quote(text, safe="")


def _refused(call: str, status: int, content: bytes) -> ControlError:
    try:
        error = orjson.loads(content)["error"]
        details = tuple(error.get("details", ()))
        return ControlError(call, status, error["message"], code=error["code"], details=details)
    except (ValueError, LookupError, TypeError):
        return ControlError(call, status, f"this is no answer of a control plane: {content[:200]!r}")
