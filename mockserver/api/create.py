"""`POST /api/v1/tasks`: authentication → content type → size → JSON object → idempotency key → submit."""

import re
from decimal import Decimal
from functools import lru_cache, partial

import orjson

from mockserver.accounts import Account
from mockserver.api.request import Request, refuse, refuse_at_home
from mockserver.http import Answer, json_answer, read_body
from mockserver.problems import Problem
from mockserver.records import Task, Violation, Why
from mockserver.tasks.examine import Create
from mockserver.tasks.read import enter
from mockserver.tasks.submit import Created, submit
from mockserver.wire.task import render

DEEPEST = 64
"""How many objects and arrays may lie within each other."""

_VISIBLE = re.compile(rb"[\x21-\x7e]{1,255}\Z")

REPLAYED_HEADER = (b"idempotent-replayed", b"true")

CREATED_WHY = Why("D-CREATE", "A new task was created.", ("create_status",))
REPLAYED_WHY = Why(
    "D-IDEM-REPLAY",
    "The Idempotency-Key belongs to an earlier create with the same payload: its task "
    "came back, and nothing was charged again.",
    ("idempotency_fingerprint", "idempotency_replay_view"),
)


async def create(request: Request) -> Answer:
    """Submit a task; a refusal leaves no trace but in the journal."""
    service, draft = request.service, request.draft
    headers = draft.headers
    given_key = headers.get(b"idempotency-key")
    draft.idempotency_key = None if given_key is None else given_key.decode("latin-1")
    looked = draft.looked
    is_known = looked is not None and looked.key.state == "active"
    entered = looked if looked is not None and is_known else await enter(service, draft.api_key, looked)
    if isinstance(entered, Problem):
        return await refuse_at_home(request, entered)
    account = entered.account
    request.enter(account)
    if problem := _content_type(headers):
        return refuse(request, account, problem)
    limits = service.settings
    request.is_read = True
    body = await read_body(request.receive, headers, limits.body_limit_bytes, limits.body_timeout_s)
    if isinstance(body, Problem):
        return refuse(request, account, body)
    draft.request_body = body
    document = _object(body)
    if isinstance(document, Problem):
        return refuse(request, account, document)
    if given_key is not None and (problem := _bad_key(request, given_key)):
        return refuse(request, account, problem)
    key, has_media = draft.idempotency_key, entered.has_media
    wanted = Create(
        account,
        entered.key.key,
        body,
        document,
        key,
        draft.request_id,
        request.hosts,
        draft.reshape,
        has_media,
    )
    made = await submit(service, wanted, partial(_first_answer, request))
    return refuse(request, account, made) if isinstance(made, Problem) else _created(request, made)


def _content_type(headers: dict[bytes, bytes]) -> Problem | None:
    if headers.get(b"content-type") == b"application/json" and b"content-encoding" not in headers:
        return None
    kind, *parameters = headers.get(b"content-type", b"").lower().split(b";")
    charset = [text.strip().removeprefix(b"charset=").strip(b'"') for text in parameters if b"charset" in text]
    if kind.strip() != b"application/json" or any(name not in (b"utf-8", b"utf8") for name in charset):
        return Problem("unsupported_media_type", "Send the body with 'Content-Type: application/json', in UTF-8.")
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        return Problem("unsupported_media_type", "Send the body without a Content-Encoding.")
    return None


def _object(body: bytes) -> dict[str, object] | Problem:
    """The JSON object in the body; duplicate members: the last one counts."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return Problem(
            "invalid_json", f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        )
    if body.count(b"{") + body.count(b"[") > DEEPEST and _is_deep(document):
        return Problem("invalid_json", f"The body nests objects and arrays deeper than {DEEPEST} levels.")
    if not isinstance(document, dict):
        text = "The body must be a JSON object with the members 'model' and 'input'."
        return Problem(
            "invalid_request", text, (Violation("", "type", text, "D-CREATE"),), settings=("validation_status",)
        )
    return document


def _is_deep(document: object) -> bool:
    level = [document]
    for _ in range(DEEPEST):
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
        ]
    return any(isinstance(value, dict | list) for value in level)


def _bad_key(request: Request, given: bytes) -> Problem | None:
    headers = request.scope["headers"]
    if len(headers) != len(request.draft.headers) and [name for name, _ in headers].count(b"idempotency-key") > 1:
        return Problem("invalid_idempotency_key", "The header Idempotency-Key was sent more than once: send one.")
    if not _VISIBLE.match(given):
        return Problem(
            "invalid_idempotency_key", "The header Idempotency-Key must be 1 to 255 visible ASCII characters."
        )
    return None


def _first_answer(request: Request, task: Task, account: Account) -> tuple[int, bytes]:
    body = render(task, task.created_at_ms, account.dialect, request.draft.request_id, request.base_url)
    return account.dialect.create_status, body


def _created(request: Request, made: Created) -> Answer:
    draft, task = request.draft, made.task
    draft.task_id = task.task_id
    if made.replayed:
        return _replayed(request, made)
    draft.why, draft.created = CREATED_WHY, True
    status, body = made.first
    if not made.assumed:
        return json_answer(status, body)
    draft.assumed, header = _assumptions(tuple(made.assumed))
    return json_answer(status, body, header)


def _replayed(request: Request, made: Created) -> Answer:
    draft, account = request.draft, made.account
    dialect = draft.dialect or account.dialect
    draft.why = REPLAYED_WHY
    status, body = made.first
    if dialect.idempotency_replay_view == "current":
        status = dialect.create_status
        now_ms = account.now_ms(request.service.wall_ms())
        body = render(made.task, now_ms, dialect, draft.request_id, request.base_url)
    return json_answer(status, body, *([REPLAYED_HEADER] if dialect.idempotency_replay_header != "none" else []))


@lru_cache(maxsize=256)
def _assumptions(assumed: tuple[tuple[str, int], ...]) -> tuple[tuple[str, ...], tuple[bytes, bytes]]:
    """(names, header) of what was assumed: exactly, with as few digits as that takes."""
    names = tuple(place.removeprefix("/input/").replace("/", ".") for place, _ in assumed)
    texts = [f"{name}.duration_s={Decimal(us) / 1_000_000:f}" for name, (_, us) in zip(names, assumed, strict=True)]
    return names, (b"x-mock-assumed", ", ".join(texts).encode())
