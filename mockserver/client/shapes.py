"""What the control plane answers (CONTROL.md), as far as it is worth a name. Answers may hold more."""

from typing import Any, Literal, TypedDict

Json = dict[str, Any]
Mode = Literal["real", "frozen", "auto"]
Timing = Literal["instant", "fast", "realistic"]
Outcome = Literal["succeeded", "failed", "cancelled"]


class ClockState(TypedDict):
    """An account's time. `now` is ISO 8601, in UTC."""

    mode: Mode
    speed: float
    now: str


class Entry(TypedDict):
    """One change of the money of an account; `amount` is a decimal string."""

    entry_id: str
    at: str
    type: Literal["hold", "settle", "release", "charge", "refund", "topup"]
    amount: str
    task_id: str | None
    idempotency_key: str | None


class Ledger(TypedDict):
    """The money of an account, as decimal strings; `charged` is net of refunds."""

    balance: str
    held: str
    charged: str
    entries: list[Entry]


class Message(TypedDict):
    """One direction of an exchange, redacted and perhaps cut."""

    headers: list[tuple[str, str]]
    body: str | None
    body_bytes: int
    body_truncated: bool
    body_sha256: str


class Exchange(TypedDict):
    """One request and its answer."""

    exchange_id: str
    seq: int
    at: str
    operation: str
    method: str
    path: str
    query: str
    status: int | None
    task_id: str | None
    idempotency_key: str | None
    fault: str | None
    assumed: list[str]
    duration_ms: float
    request: Message
    response: Message


class Task(TypedDict):
    """A task whole: how it will go, what its media are, how its price came about."""

    task_id: str
    request_id: str
    status: Literal["queued", "processing", "succeeded", "failed", "cancelled"]
    model: str
    input: Json
    idempotency_key: str | None
    created_at: str
    plan: Json
    media: Json
    price: Json
    operator: list[Json]
