"""What goes between the harness and a client's process, and what the client's last line says (HARNESS.md §1). Pure.

Strict about what a report is, tolerant of what does not matter: optional members may be missing, lines may end as on
Windows, anything may come before, blank lines and unknown members may follow.
"""

import json
import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

from contracts.client import Call
from contracts.run import Hints, Report, Word

OWN_WORDS = ("crashed", "hung", "unreadable")
OUTCOMES: tuple[Word, ...] = tuple(word for word in get_args(Word) if word not in OWN_WORDS)

PROXIES = frozenset({"http_proxy", "https_proxy", "ftp_proxy", "ws_proxy", "wss_proxy", "all_proxy", "no_proxy"})
"""Taken out of a client's environment, in any case of letters, so that loopback is never proxied."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_QUOTE = 120
SHELL_SAYS = {126: "a shell says so of a command that is not executable", 127: "a shell says so of an unknown command"}
EXAMPLE = '{"outcome": "succeeded", "task_id": "…", "urls": ["…"], "http_status": 200, "message": null}'


class _Unreadable(ValueError):
    """What is wrong with a report, and how to mend it, as a sentence."""


def hints(given: Hints) -> dict[str, str]:
    """The hints as environment variables, in plain decimal notation."""
    seconds = {
        "MINDVIDEO_POLL_INTERVAL_S": given.poll_interval_s,
        "MINDVIDEO_BACKOFF_BASE_S": given.backoff_base_s,
        "MINDVIDEO_REQUEST_TIMEOUT_S": given.request_timeout_s,
        "MINDVIDEO_DEADLINE_S": given.deadline_s,
    }
    return {name: f"{Decimal(str(value)):f}" for name, value in seconds.items()}


def environment(call: Call, base: Mapping[str, str]) -> dict[str, str]:
    """The environment of a client's process: `base` without its proxies, and what the client is told."""
    kept = {name: value for name, value in base.items() if name.lower() not in PROXIES}
    told = {"MINDVIDEO_BASE_URL": call.base_url, "MINDVIDEO_API_KEY": call.api_key}
    return {**kept, **told, **hints(call.hints)}


def question(call: Call) -> bytes:
    """What a command reads on standard input: one JSON object, in ASCII, on one line."""
    return _line(dict(call.request))


def numbered_question(call: Call, number: str) -> bytes:
    """What a worker reads: one line of JSON, to be answered with the same `id`."""
    return _line({"id": number, "base_url": call.base_url, "api_key": call.api_key, **call.request})


def _line(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode("ascii") + b"\n"


def report(stdout: bytes, stderr: bytes, exit_code: int, *, started_at_ms: int = 0, ended_at_ms: int = 0) -> Report:
    """How a command ended, by its exit code and the last line of its standard output; for any bytes whatever."""
    said: dict[str, Any] = {"exit_code": exit_code, "stdout": text(stdout), "stderr": text(stderr)}
    said |= {"started_at_ms": started_at_ms, "ended_at_ms": ended_at_ms}
    if exit_code != 0:
        return Report("crashed", detail=crash(exit_code, stderr), **said)
    try:
        document = _object(_last_line(stdout))
    except _Unreadable as error:
        return Report("unreadable", detail=str(error), **said)
    return outcome(document, **said)


def reply(line: bytes) -> tuple[str, Report] | None:
    """A worker's reply and the `id` of the call that it answers; None for a line that is none, such as a log line."""
    try:
        document = _object(line)
    except _Unreadable:
        return None
    number = document.get("id")
    return (number, outcome(document)) if isinstance(number, str) else None


def outcome(document: Any, **said: Any) -> Report:
    """The report that a client's answer makes; `said` are the other members of it."""
    try:
        return replace(_read(document), **said)
    except _Unreadable as error:
        return Report("unreadable", detail=str(error), **said)


def crash(exit_code: int, stderr: bytes) -> str:
    """An exit code other than 0 in a sentence, with the last words on standard error."""
    if exit_code < 0:
        told = f"killed by {_signal(-exit_code)}"
    else:
        by_shell = f"a shell says so of a command killed by {_signal(exit_code - 128)}" if exit_code > 128 else None
        remark = SHELL_SAYS.get(exit_code, by_shell)
        told = f"exit code {exit_code}: anything but 0 is a crash" + (f" ({remark})" if remark else "")
    words = [line for line in text(stderr).splitlines() if line.strip()]
    return f"{told}; the last line on stderr: {_quoted(words[-1])}." if words else f"{told}."


def text(data: bytes) -> str:
    """Output as text; what is not UTF-8 becomes U+FFFD, and leaves what stands beside it as it is."""
    return data.decode("utf-8", "replace")


def _signal(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


def _quoted(line: str) -> str:
    return f"'{_short(line.strip())}'"


def _short(whole: str) -> str:
    """The text, only its beginning and its end if it is long."""
    half = LONGEST_QUOTE // 2
    return whole if len(whole) <= LONGEST_QUOTE else f"{whole[:half]}…{whole[-half:]}"


def _last_line(stdout: bytes) -> bytes:
    """The last line with something on it; a carriage return ends a line too, as after a progress bar."""
    lines = [line for line in re.split(rb"[\r\n]+", stdout) if line.strip()]
    if not lines:
        raise _Unreadable(f"stdout is empty: its last line must be one JSON object such as {EXAMPLE}.")
    return lines[-1].removeprefix(BYTE_ORDER_MARK)


def _object(line: bytes) -> dict[str, Any]:
    try:
        document = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _Unreadable(f"the last line is not UTF-8, as JSON must be: {_quoted(text(line))}.") from error
    except (ValueError, RecursionError) as error:
        raise _Unreadable(_no_json(text(line).strip(), error)) from error
    if not isinstance(document, dict):
        raise _Unreadable(f"the last line is no JSON object but {_quoted(text(line))}: print {EXAMPLE}.")
    return document


def _no_json(line: str, error: Exception) -> str:
    """What is wrong with a last line that is not JSON."""
    if line.startswith("{") and not line.endswith("}"):
        return f"the last line is cut off: {_quoted(line)}; print the whole object and flush before the end."
    if line.startswith(("}", "]")):
        return f"the last line is {_quoted(line)}: print the JSON object on one line."
    why = str(error) or type(error).__name__
    return f"the last line is not JSON ({why}): {_quoted(line)}; print the report last, and the log to stderr."


def _read(document: Any) -> Report:
    """The report that the members make.

    Raises:
        _Unreadable: naming the member that is wrong.
    """
    if not isinstance(document, Mapping):
        raise _Unreadable(f"the outcome is no object but {_short(repr(document))}: give {EXAMPLE}.")
    word = next((each for each in OUTCOMES if each == document.get("outcome")), None)
    if word is None:
        told = f"is {_short(repr(document['outcome']))}" if "outcome" in document else "is missing"
        raise _Unreadable(f"`outcome` {told}: it must be one of {', '.join(OUTCOMES)}.")
    size_bytes = _whole(document, "bytes")
    if size_bytes is not None and size_bytes < 0:
        raise _Unreadable(f"`bytes` must not be negative: {size_bytes}.")
    return Report(
        outcome=word,
        task_id=_text(document, "task_id"),
        urls=_texts(document, "urls"),
        http_status=_whole(document, "http_status"),
        message=_text(document, "message"),
        size_bytes=size_bytes,
    )


def _whole(document: Mapping[str, Any], name: str) -> int | None:
    value = document.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise _Unreadable(f"`{name}` must be a whole number or null, not {_short(repr(value))}.")
    return value


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise _Unreadable(f"`{name}` must be a string or null, not {_short(repr(value))}.")
    return None if value is None else _sound(value)


def _texts(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = document.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise _Unreadable(f"`{name}` must be a list of strings, not {_short(repr(value))}.")
    return tuple(map(_sound, value))


def _sound(value: str) -> str:
    """The text with U+FFFD for half a surrogate pair, as of a message that was cut in the middle of an emoji."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
