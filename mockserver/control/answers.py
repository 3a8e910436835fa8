"""What the control plane answers, for its OpenAPI document. An answer may hold more members than these.

The answers are made by `mockserver.wire.control`; the tests hold each of them to these shapes.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from mockserver.ledger import EntryType
from mockserver.planning import Timing
from mockserver.records import ChargeOn, Kind, Outcome, Status

Instant = Annotated[
    str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", examples=["2026-03-01T12:00:00.000Z"])
]
Amount = Annotated[str, Field(pattern=r"^-?\d+\.\d{5}$", examples=["0.11574"])]


class NewAccount(BaseModel):
    """A fresh account, and its first key."""

    account: str
    key: str


class Summary(BaseModel):
    account: str
    keys: int
    tasks: int
    balance: Amount


class Accounts(BaseModel):
    accounts: list[Summary]


class Key(BaseModel):
    key: str
    state: Literal["active", "disabled"]


class Clock(BaseModel):
    mode: Literal["real", "frozen", "auto"]
    speed: float
    now: Instant


class Account(BaseModel):
    account: str
    keys: list[Key]
    balance: Amount
    held: Amount
    charged: Amount
    tasks: int
    seed: int
    clock: Clock


class Entry(BaseModel):
    entry_id: str
    at: Instant
    type: EntryType
    amount: Amount
    task_id: str | None
    idempotency_key: str | None


class Ledger(BaseModel):
    """`balance` = given + topped up - `held` - `charged`; `charged` is net of refunds."""

    balance: Amount
    held: Amount
    charged: Amount
    entries: list[Entry]


class PlanEntry(BaseModel):
    """What was not said is left out."""

    timing: Timing = "fast"
    queued_s: float = 0
    processing_s: float = 0
    outcome: Outcome = "succeeded"
    code: str = ""
    message: str = ""


class Plan(PlanEntry):
    queue: list[PlanEntry]


class Dialect(BaseModel):
    """Every setting of API.md §2 with its value."""


class Facts(BaseModel):
    """What is known of a file; null is not known."""

    kind: Kind
    duration_s: float | None
    width: int | None
    height: int | None
    bytes: int | None
    container: str | None
    source: Literal["probed", "stated", "assumed"]


class Registered(BaseModel):
    url: str
    facts: Facts


class RegisteredMedia(BaseModel):
    media: list[Registered]


class TaskPlan(BaseModel):
    queued_s: float
    processing_s: float
    outcome: Outcome


class Price(BaseModel):
    """`unit` × `seconds` (null: priced per task) = `total`."""

    unit: Amount
    seconds: int | None
    total: Amount
    charge_on: ChargeOn


class OperatorEvent(BaseModel):
    at: Instant
    type: Literal["cancel", "outcome", "hold", "release"]


class Task(BaseModel):
    """A task whole; `input` is as it was sent."""

    task_id: str
    request_id: str
    status: Status
    model: str
    input: dict[str, Any]
    idempotency_key: str | None
    created_at: Instant
    updated_at: Instant
    plan: TaskPlan
    media: dict[str, Facts]
    price: Price
    cost_actual: Amount | None
    held: bool
    operator: list[OperatorEvent]


class Tasks(BaseModel):
    """A page of tasks; `next` is null on the last one."""

    tasks: list[Task]
    next: str | None


class Message(BaseModel):
    """`body` is null where it is no text; then `body_base64` has it. What is cut has its true size and digest."""

    headers: list[Annotated[list[str], Field(min_length=2, max_length=2)]]
    body: str | None
    body_base64: str = ""
    body_bytes: int
    body_truncated: bool
    body_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Exchange(BaseModel):
    exchange_id: str
    request_id: str
    seq: int
    at: Instant
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


class Journal(BaseModel):
    """The exchanges that matched; `dropped` counts those the journal had no room for."""

    exchanges: list[Exchange]
    limit: int
    dropped: int


class Holder(BaseModel):
    """The task that holds the idempotency key; its exchange is null where the journal has lost it."""

    exchange_id: str | None
    task_id: str


class Detail(BaseModel):
    param: str
    code: str
    message: str
    clause: str


class Fault(BaseModel):
    """A rule as it was set, its parameters flat beside these, and how often it has fired."""

    fault_id: str
    name: str
    on: str
    times: int | None
    after: int
    fired: int


class Faults(BaseModel):
    faults: list[Fault]


class Explanation(BaseModel):
    exchange_id: str
    status: int | None
    clause: str
    summary: str
    settings: dict[str, Any]
    assumed: list[str]
    details: list[Detail] = []
    holder: Holder = Holder(exchange_id=None, task_id="")
    differs: list[str] = []
    fault: Fault | None = None


class Snapshot(BaseModel):
    snapshot: str


class SavedAccount(BaseModel):
    """`at` is the account's time when it was taken."""

    snapshot: str
    at: Instant
    tasks: int


class Snapshots(BaseModel):
    snapshots: list[SavedAccount]


class ImportedAccount(BaseModel):
    account: str
    keys: int
    tasks: int
    snapshots: int


class Imported(BaseModel):
    accounts: list[ImportedAccount]


class Health(BaseModel):
    status: Literal["ok"]


class ErrorDetail(BaseModel):
    """`param` is a JSON Pointer into the body, or the name of a query parameter."""

    param: str
    code: str
    message: str


class ErrorMembers(BaseModel):
    code: str
    message: str
    type: str
    param: str = ""
    details: list[ErrorDetail] = []


class Error(BaseModel):
    """Every refusal, in every dialect; `details` lists all that is wrong, `param` is the first of them."""

    error: ErrorMembers
    request_id: str
