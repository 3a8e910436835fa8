"""What an answer says, for the reference clients in Python: pure functions, without a clock of their own."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

TASKS = "/api/v1/tasks"
TERMINAL = frozenset({"succeeded", "failed", "cancelled"})
MAX_ATTEMPTS = 5
"""Sends of one operation; hops of redirects and in-flight conflicts do not count."""
HOPS = 5
BACKOFF_FACTOR = 2.0
JITTER = 0.5
"""A wait is lengthened by up to this share of it."""

TRANSIENT = frozenset({408, 425, 429})

Json = dict[str, Any]
Operation = Literal["create", "read"]
Verdict = Literal["task", "again", "in_flight", "refused"]
Header = tuple[str, str]


@dataclass(frozen=True)
class Answer:
    """One answer, whole; without a status it is none, and nobody knows what became of the request."""

    status: int | None
    headers: Sequence[Header] = ()
    body: bytes = b""
    error: str = ""

    def header(self, name: str) -> list[str]:
        """The values of all header lines of that name."""
        return [value for key, value in self.headers if key.lower() == name]

    @cached_property
    def document(self) -> Json:
        """The JSON object in the body; empty where there is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Hints:
    """What the environment says about waits."""

    poll_interval_s: float
    backoff_base_s: float
    request_timeout_s: float
    deadline_s: float


def hints() -> Hints:
    """The hints in the environment, as they are now."""
    return Hints(
        poll_interval_s=float(os.environ.get("MINDVIDEO_POLL_INTERVAL_S", "2")),
        backoff_base_s=float(os.environ.get("MINDVIDEO_BACKOFF_BASE_S", "0.5")),
        request_timeout_s=float(os.environ.get("MINDVIDEO_REQUEST_TIMEOUT_S", "10")),
        deadline_s=float(os.environ.get("MINDVIDEO_DEADLINE_S", "600")),
    )


def wants_downloads() -> bool:
    """Whether the result is to be fetched, too."""
    return os.environ.get("MINDVIDEO_DOWNLOAD") == "1"


def encode(request: Mapping[str, Any]) -> bytes:
    """The body of a create, in ASCII whatever the prompt holds."""
    return json.dumps(dict(request)).encode()


def verdict(operation: Operation, answer: Answer) -> Verdict:
    """What to do upon an answer: take the task that is in it, try again, wait for the first create, or stop."""
    status = answer.status
    if status is None or status >= 500 or status in TRANSIENT:
        return "again"
    if status < 300:
        return "task" if is_task(operation, answer.document) else "again"
    if status == 409 and operation == "create":
        return "in_flight" if is_in_flight(answer) else "refused"
    return "again" if status == 404 and operation == "read" else "refused"


def is_task(operation: Operation, document: Json) -> bool:
    """Whether it holds what is needed to go on: a status, and after a create the id."""
    has_id = operation == "read" or (isinstance(document.get("task_id"), str) and document["task_id"])
    return bool(has_id) and isinstance(document.get("status"), str)


def code(answer: Answer) -> str | None:
    """The code of an error, in whatever envelope; None where there is none."""
    inner = answer.document.get("error")
    found = inner.get("code") if isinstance(inner, dict) else answer.document.get("code")
    return found if isinstance(found, str) else None


def is_in_flight(answer: Answer) -> bool:
    """Whether a 409 tells to wait for another create with the key; by `Retry-After` where it has no code."""
    found = code(answer)
    return bool(answer.header("retry-after")) if found is None else found == "idempotency_in_flight"


def retry_after_s(answer: Answer, wall_s: float) -> float:
    """How long the server wants to be left alone; 0 for values that make no sense. A date counts from `Date`."""
    values = answer.header("retry-after")
    if len(values) != 1:
        return 0
    text = values[0].strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    until = _date(text)
    if until is None:
        return 0
    now = _date(*answer.header("date")[:1])
    return max(0.0, until.timestamp() - (wall_s if now is None else now.timestamp()))


def _date(text: str = "") -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def urls(task: Json) -> list[str]:
    """The output files of a task."""
    output = task.get("output")
    if not isinstance(output, dict):
        return []
    files = [file for kind in ("videos", "images") for file in output.get(kind) or []]
    return [file["url"] for file in files if isinstance(file, dict) and isinstance(file.get("url"), str)]


def why(task: Json) -> str:
    """What a task that failed says of itself; what it says may be an object, a string or nothing."""
    error = task.get("error")
    return str(error.get("message", "")) if isinstance(error, dict) else str(error or "")


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what is no HTTP URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80)


def location(answer: Answer, url: str) -> str | None:
    """Where a redirect that keeps the method leads, as a whole URL; None for every other answer."""
    if answer.status not in (307, 308):
        return None
    try:
        return urljoin(url, answer.header("location")[0])
    except (ValueError, IndexError):
        return None
