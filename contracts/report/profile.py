"""`--profile FILE` and the flags that override it: what a client claims about itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from contracts.report import Unusable, words
from contracts.report.known import table
from contracts.run import Profile

SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of a claim are read, from TOML or from text. `read` raises ValueError for a bad one."""

    says: str
    read: Callable[[object], object]
    metavar: str = ""


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError
    return float(value)


def _seconds(value: object) -> float:
    number = _number(value)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def _count(value: object) -> int:
    number = _number(value)
    if number != int(number) or number < 1:
        raise ValueError
    return int(number)


def _interval(value: object) -> tuple[float, float]:
    pair = value.split(",") if isinstance(value, str) else value
    if not isinstance(pair, list) or len(pair) != 2:
        raise ValueError
    least, most = map(_number, pair)
    if not 0 <= least <= most < float("inf"):
        raise ValueError
    return least, most


SWITCH = Kind("true or false", _switch)
COUNT = Kind("a whole number from 1", _count, "N")
SECONDS = Kind("a number of seconds above 0", _seconds, "S")
INTERVAL = Kind("two numbers of seconds, the least and the most", _interval, "MIN,MAX")

CLAIMS: Mapping[str, tuple[Kind, str]] = {
    "sends_idempotency_key": (SWITCH, "every create carries an Idempotency-Key"),
    "max_attempts": (COUNT, "sends of one operation after transient faults"),
    "request_timeout_s": (SECONDS, "its timeout for one request"),
    "deadline_s": (SECONDS, "when it gives up"),
    "poll_interval_s": (INTERVAL, "its shortest and longest wait between polls"),
    "downloads": (SWITCH, "it downloads the result"),
    "retries_create": (SWITCH, "it sends a create again after a transient fault"),
}
"""Each member of `Profile`: how it is read, and what it says."""


def read(path: str) -> Profile:
    """The profile in a TOML file.

    Raises:
        Unusable: naming the first member that is unknown or has a bad value.
    """
    return _with(Profile(), table(path), lambda name: f"{path}: {name}")


def claimed(profile: Profile, flags: Mapping[str, object]) -> Profile:
    """The profile with what flags say in place of its own.

    Raises:
        Unusable: naming the flag with a bad value.
    """
    return _with(profile, flags, lambda name: f"--{name.replace('_', '-')}")


def _with(profile: Profile, values: Mapping[str, object], place: Callable[[str], str]) -> Profile:
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name not in CLAIMS:
            near = get_close_matches(name, CLAIMS, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            claims = ", ".join(field.name for field in fields(Profile))
            raise Unusable(f"{words.clean(place(name))} is no claim{hint}; there are {claims}")
        kind, _ = CLAIMS[name]
        try:
            read[name] = kind.read(value)
        except (ValueError, OverflowError) as error:
            shown = words.clean(repr(value))[:SHOWN_CHARS]
            raise Unusable(f"{place(name)} must be {kind.says}, not {shown}") from error
    return replace(profile, **read)
