"""One call of the control plane over HTTP, and how it fails."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from shutil import copyfileobj
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

TIMEOUT_S = 30.0
FILE_PATIENCE_S = 600.0
"""How much longer a server may take over a whole file."""

BLOCK_BYTES = 64 * 1024
JSON, JSON_LINES = "application/json", "application/x-ndjson"


Sent = bytes | IO[bytes] | Iterable[bytes] | None


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
        sent = None if body is None else orjson.dumps(body)
        with self._answer(method, target, sent, JSON, patience_s) as answer:
            content = answer.read()
        return orjson.loads(content) if content else None

    def download(self, path: str, file: IO[bytes]) -> None:
        """Write what a GET answers into a file.

        Raises:
            ControlError: if there is no answer, not all of it, or a refusal.
        """
        with self._answer("GET", path, None, JSON, FILE_PATIENCE_S) as answer:
            copyfileobj(answer, file)

    def upload(self, path: str, file: IO[bytes] | Iterable[bytes]) -> Any:
        """The parsed answer to a POST of a file of JSON lines, or of parts of one.

        Raises:
            ControlError: if there is no answer, or a refusal.
        """
        with self._answer("POST", path, file, JSON_LINES, FILE_PATIENCE_S) as answer:
            return orjson.loads(answer.read())

    @contextmanager
    def _answer(
        self,
        method: str,
        target: str,
        sent: Sent,
        media_type: str,
        patience_s: float,
    ) -> Iterator[HTTPResponse]:
        """A good answer, to be read."""
        parts = urlsplit(self.base_url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout_s + patience_s, blocksize=BLOCK_BYTES)
        headers = {"Content-Type": media_type} if sent is not None else {}
        if self.admin_token is not None:
            headers["Authorization"] = f"Bearer {self.admin_token}"
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # A server may refuse before it has read all.
                connection.request(method, f"{parts.path.rstrip('/')}{target}", sent, headers)
            answer = connection.getresponse()
            if not 200 <= answer.status < 300:
                raise _refused(f"{method} {target.partition('?')[0]}", answer.status, answer.read())
            yield answer
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
