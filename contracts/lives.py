"""A life: everything that will happen to a client in one run, drawn whole before it starts. Plain frozen data.

Faults are addressed by (operation, logical task, attempt), never by time of arrival. A life and a token are the same
thing in two forms: `mv1.<base64url of deflated JSON>`, versioned, self-contained, independent of Hypothesis.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Operation = Literal["create", "read", "events", "download", "task"]
Outcome = Literal["succeeded", "failed", "cancelled", "stuck"]

VERSION = "mv1"
LONGEST_TOKEN = 100_000
LARGEST_LIFE = 1_000_000


@dataclass(frozen=True, slots=True)
class FaultAt:
    """One fault of the server's table, at the `attempt`-th request (from 1) of one operation of one logical task.

    `times` is how many attempts in a row it spoils, None for ever. `parameters` are those of the control plane's rule.
    """

    name: str
    operation: Operation
    task: int = 0
    attempt: int = 1
    times: int | None = 1
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogicalTask:
    """One thing the client's user wants done, and how it will go on the server. Durations in seconds."""

    model: str
    input: Mapping[str, Any]
    queued_s: float = 1
    processing_s: float = 5
    outcome: Outcome = "succeeded"
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """`twin`: the same request object is given to two runs at once (then there is one task, and no nonce in it)."""

    tasks: tuple[LogicalTask, ...]
    faults: tuple[FaultAt, ...] = ()
    dialect: Mapping[str, Any] = field(default_factory=dict)
    twin: bool = False
    seed: int = 0


class BadToken(ValueError):
    """A token that is no life."""


def nonce(life: Life, index: int) -> str:
    """What the prompt of a logical task holds, so that every create can be told which task it was for."""
    return f"[life {life.seed}-{index}]"


def to_json(life: Life) -> dict[str, Any]:
    """The life as JSON; what is default is left out."""
    return {
        "tasks": [_trimmed(task, LogicalTask(task.model, {})) for task in life.tasks],
        "faults": [_trimmed(fault, FaultAt(fault.name, fault.operation)) for fault in life.faults],
        "dialect": dict(life.dialect),
        "twin": life.twin,
        "seed": life.seed,
    }


def _trimmed(value: Any, default: Any) -> dict[str, Any]:
    names = list(type(value).__dataclass_fields__)
    kept = {name: getattr(value, name) for name in names}
    required = {"model", "input", "name", "operation"}
    return {name: each for name, each in kept.items() if name in required or each != getattr(default, name)}


def token(life: Life) -> str:
    """The life as one word that `mindvideo-mock replay` takes."""
    text = json.dumps(to_json(life), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    packed = zlib.compress(text.encode("utf-8", "surrogatepass"), 9)
    return f"{VERSION}.{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def from_token(text: str) -> Life:
    """The life of a token.

    Raises:
        BadToken: saying what is wrong with it.
    """
    version, dot, packed = text.strip().partition(".")
    if not dot or version != VERSION:
        raise BadToken(f"a token starts with '{VERSION}.': this one is of another version, or cut off")
    if len(packed) > LONGEST_TOKEN:
        raise BadToken("the token is too long to be one")
    try:
        unzip = zlib.decompressobj()
        raw = unzip.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), LARGEST_LIFE)
        return from_json(json.loads(raw.decode("utf-8", "surrogatepass")))
    except (binascii.Error, zlib.error, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadToken("the token is damaged: copy it whole") from error


def from_json(document: Mapping[str, Any]) -> Life:
    """The life that `to_json` wrote.

    Raises:
        KeyError, TypeError: if it is none.
    """
    return Life(
        tasks=tuple(LogicalTask(**task) for task in document["tasks"]),
        faults=tuple(FaultAt(**fault) for fault in document["faults"]),
        dialect=document["dialect"],
        twin=document["twin"],
        seed=document["seed"],
    )
