"""The open questions of the contract as settings: what `contracts/dialect.toml` lists, read, checked, printed."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, Literal

from mockserver.data import read
from mockserver.pointers import pointer
from mockserver.records import ChargeOn, Violation

MAX_COUNT = 1_000_000_000
MAX_SECONDS = 10_000_000_000
_RATE = re.compile(r"([1-9][0-9]{0,8})/([0-9]{1,9}(?:\.[0-9]{1,3})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` creates in any `window_ms`."""

    count: int
    window_ms: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """One answer to every open question. None stands for `never` and for `none`."""

    create_status: Literal[200, 201, 202]
    validation_status: Literal[400, 422]
    unknown_model_status: Literal[404, 400, 422]
    unknown_key_status: Literal[401]
    disabled_key_status: Literal[401, 403]
    error_envelope: Literal["nested", "flat", "detail", "problem"]
    request_id_of: Literal["task", "request"]
    pending_fields: Literal["omit", "null"]
    failed_error: Literal["object", "string", "absent"]
    events_format: Literal["object", "array", "sse"]
    idempotency_fingerprint: Literal["canonical", "bytes"]
    idempotency_replay_view: Literal["current", "original"]
    idempotency_ttl_s: float | None
    idempotency_in_flight: Literal["wait", "conflict"]
    idempotency_replay_header: Literal["none", "Idempotent-Replayed"]
    duration_check: Literal["at_submit", "in_task"]
    duration_tolerance_ms: int
    media_rules: Literal["documented", "upstream"]
    billing: Literal["per_task", "per_second"]
    charge_on: ChargeOn
    no_balance_status: Literal[402]
    rate_limit: RateLimit | None
    concurrency_limit: int | None
    output_ttl_s: float | None
    extra_fields: Literal["none", "some"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One open question, for printing: `values` says in words what it takes, `default` is as written outside."""

    name: str
    form: str
    variants: tuple[object, ...]
    default: object
    values: str
    why: str
    clause: str


@dataclass(frozen=True, slots=True)
class _Form:
    """How the values of one kind of setting look outside (`says`), and how they are read and written.

    `read` returns the inner value in a one-tuple, or None for a value that is not of the form.
    """

    says: str
    read: Callable[[object], tuple[object] | None]
    write: Callable[[Any], object]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _read_count(value: object) -> tuple[object] | None:
    if value == "none":
        return (None,)
    return (value,) if isinstance(value, int) and _is_whole(value) and 1 <= value <= MAX_COUNT else None


def _read_rate(value: object) -> tuple[object] | None:
    if value == "none":
        return (None,)
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    window_ms = int(Decimal(match[2]) * 1000) if match else 0
    return (RateLimit(int(match[1]), window_ms),) if match and window_ms else None


def _write_rate(limit: RateLimit | None) -> object:
    return "none" if limit is None else f"{limit.count}/{Decimal(limit.window_ms) / 1000:f}"


def _read_seconds(value: object) -> tuple[object] | None:
    if value == "never":
        return (None,)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return (float(value),) if 0 <= value <= MAX_SECONDS else None


def _write_seconds(seconds: float | None) -> object:
    if seconds is None:
        return "never"
    return int(seconds) if float(seconds).is_integer() else seconds


def _read_milliseconds(value: object) -> tuple[object] | None:
    return (value,) if isinstance(value, int) and _is_whole(value) and 0 <= value <= MAX_COUNT else None


def _choice(variants: tuple[object, ...]) -> _Form:
    def read_choice(value: object) -> tuple[object] | None:
        return (value,) if any(type(value) is type(each) and value == each for each in variants) else None

    return _Form(f"one of {', '.join(str(each) for each in variants)}", read_choice, lambda value: value)


_FORMS: dict[str, _Form] = {
    "count": _Form('"none" or a whole number from 1', _read_count, lambda value: "none" if value is None else value),
    "rate": _Form('"none" or "N/seconds", such as "3/60"', _read_rate, _write_rate),
    "seconds": _Form('"never" or a number of seconds, 0 or more', _read_seconds, _write_seconds),
    "milliseconds": _Form("a whole number of milliseconds, 0 or more", _read_milliseconds, lambda value: value),
}


def _form(entry: Mapping[str, Any]) -> _Form:
    return _FORMS[entry["form"]] if entry["form"] in _FORMS else _choice(tuple(entry["variants"]))


def _setting(name: str, entry: Mapping[str, Any]) -> Setting:
    variants = tuple(entry.get("variants", ()))
    default = entry["default"] if "default" in entry else variants[0]
    return Setting(name, entry["form"], variants, default, _form(entry).says, entry["why"], entry["clause"])


_ENTRIES: dict[str, dict[str, Any]] = tomllib.loads(read("dialect.toml").decode())
_FORM_OF: dict[str, _Form] = {name: _form(entry) for name, entry in _ENTRIES.items()}
_SETTINGS = tuple(_setting(name, entry) for name, entry in _ENTRIES.items())


def settings() -> tuple[Setting, ...]:
    """Every open question, in the order of the contract."""
    return _SETTINGS


def merge(dialect: Dialect, changes: Mapping[str, object]) -> Dialect | list[Violation]:
    """The dialect with these changes, or everything that is wrong with them; nothing is half applied."""
    wrong = [violation for name, value in changes.items() for violation in _check(name, value)]
    return wrong if wrong else replace(dialect, **_inner(changes))


def parse(values: Mapping[str, object]) -> Dialect | list[Violation]:
    """The default dialect with these settings changed."""
    return merge(DEFAULT, values)


def as_json(dialect: Dialect) -> dict[str, object]:
    """Every setting as it is written outside."""
    return {each.name: _FORM_OF[each.name].write(getattr(dialect, each.name)) for each in fields(dialect)}


def load_toml(text: bytes | str) -> Dialect | list[Violation]:
    """The dialect a TOML file describes: a flat list of settings, those left out at their defaults."""
    try:
        values = tomllib.loads(text.decode() if isinstance(text, bytes) else text)
    except ValueError as error:  # not UTF-8, or not TOML
        return [Violation("", "toml", f"This is no TOML file: {error}."[:200], "C-DIALECT")]
    return parse(values)


def from_text(name: str, text: str) -> object:
    """The value a command line's `--set name=text` means; whether it is a good one, `merge` says."""
    variants = _ENTRIES[name].get("variants", ()) if name in _ENTRIES else ()
    for variant in variants:
        if str(variant) == text:
            return variant
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def _check(name: str, value: object) -> list[Violation]:
    if name not in _FORM_OF:
        known = ", ".join(_FORM_OF)
        return [Violation(pointer((name,)), "unknown_setting", f"This is no setting; there are {known}.", "C-DIALECT")]
    if _FORM_OF[name].read(value) is None:
        return [Violation(pointer((name,)), "setting_value", f"'{name}' must be {_FORM_OF[name].says}.", "C-DIALECT")]
    return []


def _inner(values: Mapping[str, object]) -> dict[str, Any]:
    """The inner values of settings that were checked."""
    read_values = {name: _FORM_OF[name].read(value) for name, value in values.items()}
    return {name: value[0] for name, value in read_values.items() if value is not None}


DEFAULT = Dialect(**_inner({setting.name: setting.default for setting in _SETTINGS}))
