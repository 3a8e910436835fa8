"""What the control plane takes: bodies and queries as pydantic models. Unknown members are refused, null is no value.

Bodies are strict: true is no number, and neither is "1". A query is text, so there a number may be read from it.
(Pydantic wants classes derived from its own; these are frozen values all the same.)
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from mockserver.ledger import PLACES, ZERO
from mockserver.models import is_media_reference
from mockserver.planning import Timing
from mockserver.records import Kind, Outcome, Status
from mockserver.wire.values import from_iso

if TYPE_CHECKING:
    from typing import Optional as Maybe
else:

    class Maybe:
        """A member that may be left out (then it is None), but not null: to pydantic it is its type and no more."""

        def __class_getitem__(cls, item: object) -> object:
            return item


MAX_AMOUNT = 1_000_000_000
MAX_PLAN_S = 10_000_000
MAX_ADVANCE_S = 1_000_000_000_000
MAX_SPEED = 1_000_000
MAX_MEDIA_S = 1_000_000
MAX_SIDE = 1_000_000
MAX_INTEGER = 2**53
MAX_QUEUE = 10_000
MAX_PAGE = 1000
MAX_RULES = 1000
MAX_WAIT_S = 60
LONGEST_URL = 8192


Model = TypeVar("Model", bound="Shape")


def _money(value: object) -> Decimal:
    """Money comes as a JSON number and is read as the decimal it was written as."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("type", "this must be a number")
    amount = Decimal(str(value))
    if not 0 <= amount <= MAX_AMOUNT:
        raise PydanticCustomError("range", "this must be an amount from 0 to {most}", {"most": MAX_AMOUNT})
    exact = amount.quantize(PLACES)
    if exact != amount:
        raise PydanticCustomError("decimals", "an amount has at most 5 decimals")
    return exact + ZERO  # there is no -0


def _positive(amount: Decimal) -> Decimal:
    if not amount:
        raise PydanticCustomError("range", "this must be more than 0")
    return amount


def _instant(value: object) -> int:
    if not isinstance(value, str):
        raise PydanticCustomError("type", "this must be a string")
    try:
        return from_iso(value)
    except ValueError as error:
        raise PydanticCustomError("instant", "this {reason}", {"reason": str(error)}) from error


def _web_url(url: str) -> str:
    if not is_media_reference(url) or url[:4].lower() != "http":
        raise PydanticCustomError("url", "this must be an http(s) URL")
    return url


_AMOUNT = {"type": "number", "maximum": MAX_AMOUNT, "description": "Money, with at most 5 decimals."}

Money = Annotated[Decimal, BeforeValidator(_money), WithJsonSchema({**_AMOUNT, "minimum": 0})]
Payment = Annotated[
    Decimal, BeforeValidator(_money), AfterValidator(_positive), WithJsonSchema({**_AMOUNT, "exclusiveMinimum": 0})
]
Instant = Annotated[int, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
PlanSeconds = Annotated[float, Field(ge=0, le=MAX_PLAN_S)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Side = Annotated[int, Field(ge=1, le=MAX_SIDE)]
WebUrl = Annotated[str, Field(max_length=LONGEST_URL, json_schema_extra={"format": "uri"}), AfterValidator(_web_url)]


class Shape(BaseModel):
    """A JSON object with known members."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class Nothing(Shape):
    """No members: the call says it all."""


class Clock(Shape):
    """Any subset: what is left out stays as it is."""

    mode: Maybe[Literal["real", "frozen", "auto"]] = None
    speed: Maybe[Annotated[float, Field(ge=0, le=MAX_SPEED)]] = None
    now: Maybe[Instant] = None


class Advance(Shape):
    """Exactly one of the three."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    seconds: Maybe[Annotated[float, Field(ge=0, le=MAX_ADVANCE_S)]] = None
    until: Maybe[Literal["next", "idle"]] = None
    until_task: Maybe[Text] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        return _exactly_one(self, ("seconds", "until", "until_task"))


class PlanEntry(Shape):
    """How a task will go; what is left out comes from the plan, then from the server's timing."""

    timing: Maybe[Timing] = None
    queued_s: Maybe[PlanSeconds] = None
    processing_s: Maybe[PlanSeconds] = None
    outcome: Maybe[Outcome] = None
    code: Maybe[Text] = None
    message: Maybe[Text] = None


class Plan(PlanEntry):
    """How the next tasks will go; each of them takes one entry of the queue."""

    queue: Annotated[list[PlanEntry], Field(max_length=MAX_QUEUE)] = []


class Settings(RootModel[dict[str, Any]]):
    """Any subset of the settings of API.md §2; the contract's table says what each takes."""


class FaultRule(Shape):
    """What every fault rule may say; its parameters stand beside these, flat."""

    name: Text
    on: Maybe[Literal["create", "read", "events", "download", "task", "any"]] = None
    times: Annotated[int, Field(ge=1, le=MAX_INTEGER)] | None = None
    after: Annotated[int, Field(ge=0, le=MAX_INTEGER)] = 0
    probability: Maybe[Annotated[float, Field(ge=0, le=1)]] = None
    ttl_s: Maybe[Annotated[float, Field(gt=0, le=MAX_PLAN_S)]] = None
    task: Maybe[Text] = None
    attempt: Maybe[Annotated[int, Field(ge=1, le=MAX_INTEGER)]] = None


class Rule(RootModel[dict[str, Any]]):
    """A fault rule: `name`, where and how often, and the parameters of that fault (HARNESS.md §2)."""


class NewAccount(Shape):
    """All the settings of a new tenant; each has its default."""

    balance: Maybe[Money] = None
    seed: Maybe[Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]] = None
    dialect: Settings = Settings({})
    clock: Clock = Clock()
    plan: Plan = Plan()
    faults: Annotated[list[dict[str, Any]], Field(max_length=MAX_RULES)] = []


class Topup(Shape):
    amount: Payment


class KeyState(Shape):
    state: Literal["active", "disabled"]


class Override(Shape):
    """The end an operator gives a task; code and message are those of a failure."""

    outcome: Literal["succeeded", "failed", "cancelled"]
    code: Maybe[Text] = None
    message: Maybe[Text] = None


class Snapshot(Shape):
    snapshot: Text


class StatedFacts(Shape):
    """What is said of a file that nobody looks at. Only a video has a duration."""

    kind: Kind
    duration_s: Maybe[Annotated[float, Field(gt=0, le=MAX_MEDIA_S)]] = None
    width: Maybe[Side] = None
    height: Maybe[Side] = None
    bytes: Maybe[Annotated[int, Field(ge=1, le=MAX_INTEGER)]] = None

    @model_validator(mode="after")
    def _timeless(self) -> Self:
        if self.kind == "image" and self.duration_s is not None:
            raise PydanticCustomError("duration", "an image has no duration_s")
        return self


class Media(Shape):
    """A URL, and either facts about its file or the file itself."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 2, "maxProperties": 2})

    url: WebUrl
    facts: Maybe[StatedFacts] = None
    content_base64: Maybe[Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        return _exactly_one(self, ("facts", "content_base64"))


class ImportQuery(Shape):
    model_config = ConfigDict(strict=False)

    replace: Annotated[bool, Field(description="Put the accounts of the file in the place of those that are here.")] = (
        False
    )


class TaskQuery(Shape):
    model_config = ConfigDict(strict=False)

    status: Annotated[Maybe[Status], Field(description="Only tasks that are in this status now.")] = None
    after: Annotated[Maybe[Text], Field(description="The `next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 100


class JournalQuery(Shape):
    """The filters are exact, and all of them must match."""

    model_config = ConfigDict(strict=False)

    method: Maybe[str] = None
    path: Maybe[str] = None
    status: Maybe[Annotated[int, Field(ge=100, le=999)]] = None
    task_id: Maybe[str] = None
    idempotency_key: Maybe[str] = None
    after: Annotated[int, Field(ge=0, le=MAX_INTEGER, description="Only exchanges with a greater `seq`.")] = 0
    wait_s: Annotated[
        float, Field(ge=0, le=MAX_WAIT_S, description="How long to wait for the first that matches, if there is none.")
    ] = 0


def _exactly_one(shape: Model, names: tuple[str, ...]) -> Model:
    given = [name for name in names if getattr(shape, name) is not None]
    if len(given) != 1:
        raise PydanticCustomError("exactly_one", "give exactly one of {names}", {"names": ", ".join(names)})
    return shape
