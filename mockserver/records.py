"""The values everything else talks about: frozen, without behaviour, without imports of ours.

Times are integers of milliseconds on the account's clock, lengths of media integers of microseconds,
money is `Decimal` with five places (API.md §1, D-COST).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeVar, dataclass_transform

Status = Literal["queued", "processing", "succeeded", "failed", "cancelled"]
Outcome = Literal["succeeded", "failed", "cancelled", "stuck"]
Kind = Literal["video", "image"]
ChargeOn = Literal["success", "submit"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """A frozen dataclass with slots, frozen by the type checker alone.

    The guard at run time makes construction five times as slow, and these are made on every request.
    """
    return dataclass(slots=True)(cls)


TERMINAL: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Plan:
    """How one task will go; decided at its creation and never changed (API.md §9).

    `files` overrules how many output files a success brings.
    """

    queued_ms: int
    processing_ms: int
    outcome: Outcome = "succeeded"
    code: str | None = None
    message: str | None = None
    files: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault rule of an account, with its counters (CONTROL.md, Faults).

    `on` is an operation, `any` of them, or `task`: the next created one. `task` is a nonce that the prompt of the
    logical task must hold, `attempt` the how-manieth request of that kind it is for. `seen` counts the requests it
    was held against, `fired` those it spoilt. A rule that `waits` is for the next created task, `bound_to` once there
    is one, and for no other.
    """

    fault_id: str
    name: str
    on: str
    parameters: Mapping[str, object]
    times: int | None = 1
    after: int = 0
    probability: float | None = None
    ttl_s: float | None = None
    expires_at_ms: int | None = None
    task: str | None = None
    attempt: int | None = None
    waits: bool = False
    seen: int = 0
    fired: int = 0
    bound_to: str | None = None


@dataclass(frozen=True, slots=True)
class OperatorEvent:
    """What an operator did to a task later: `kind` ends it now, or stops and restarts its time."""

    at_ms: int
    kind: Literal["cancel", "outcome", "hold", "release"]
    outcome: Outcome | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What is known of one referenced file, and how: `probed` from bytes, `stated` or `assumed`.

    `container` is `mp4`, `mov`, `jpeg`, `png` or another short name; `digest` is the SHA-256 of the bytes in hex,
    where there were any. What is not known is None.
    """

    kind: Kind
    source: Literal["probed", "stated", "assumed"]
    duration_us: int | None = None
    width: int | None = None
    height: int | None = None
    size_bytes: int | None = None
    container: str | None = None
    has_sound: bool = False
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """The working of a price: `unit` × `seconds` (None: priced per task) = `total`."""

    unit: Decimal
    seconds: int | None
    total: Decimal
    charge_on: ChargeOn


@record
class Task:
    """One accepted create, whole: its future is `plan`, its later history `operator`.

    `body` is the request as sent, byte for byte; `media` maps JSON Pointers into `input` to facts.
    `files` is how many output files a success brings; `seen_events` counts the events a poll has shown, kept only
    under an `auto` clock.
    """

    task_id: str
    account_id: str
    request_id: str
    api_key: str
    created_at_ms: int
    model: str
    output: Literal["videos", "images"]
    body: bytes
    plan: Plan
    media: tuple[tuple[str, MediaFacts], ...]
    price: Price
    idempotency_key: str | None = None
    operator: tuple[OperatorEvent, ...] = ()
    files: int = 1
    seen_events: int = 1


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: `param` is a JSON Pointer into the body, `clause` the promise it belongs to."""

    param: str
    code: str
    message: str
    clause: str = "D-SCHEMA"


@dataclass(frozen=True, slots=True)
class Registered:
    """A URL registered with an account: its facts, and the bytes where they were given (API.md §5, point 3)."""

    url: str
    facts: MediaFacts
    content: bytes | None = None


@record
class Message:
    """One direction of an exchange. `body` is cut; `size_bytes` and `sha256` are of the whole.

    `sha256` is None where nothing was cut: it is then worked out when somebody asks.
    """

    headers: list[tuple[bytes, bytes]]
    body: bytes
    size_bytes: int
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """What decided an answer, kept for `explain`: the clause, dialect settings, and who holds the idempotency key."""

    clause: str
    summary: str
    settings: tuple[str, ...] = ()
    details: tuple[Violation, ...] = ()
    holder: str | None = None
    differs: tuple[str, ...] = ()


@record
class Exchange:
    """One request and its answer as they were; what is secret in it is redacted when it is read, not before."""

    exchange_id: str
    at_ms: int
    operation: str
    method: str
    path: str
    query: str
    status: int | None
    task_id: str | None
    idempotency_key: str | None
    fault: Rule | None
    assumed: tuple[str, ...]
    duration_us: int
    request: Message
    response: Message
    why: Why
