"""The one table of refusals. Handlers return a `Problem`; `wire` renders it in the account's dialect."""

from dataclasses import dataclass, field

from mockserver.records import Violation


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of refusal. `status` is a number, or the dialect setting that holds it; `clause` its source."""

    status: int | str
    type: str
    clause: str


REFUSALS: dict[str, Refusal] = {
    "not_found": Refusal(404, "not_found_error", "H-NOT-FOUND"),
    "task_not_found": Refusal(404, "not_found_error", "H-NOT-FOUND"),
    "method_not_allowed": Refusal(405, "invalid_request_error", "H-METHOD"),
    "unauthorized": Refusal("unknown_key_status", "authentication_error", "D-AUTH"),
    "key_disabled": Refusal("disabled_key_status", "authentication_error", "D-AUTH"),
    "unsupported_media_type": Refusal(415, "invalid_request_error", "H-CONTENT-TYPE"),
    "body_too_large": Refusal(413, "invalid_request_error", "H-SIZE"),
    "body_timeout": Refusal(408, "invalid_request_error", "H-SIZE"),
    "invalid_json": Refusal(400, "invalid_request_error", "H-JSON"),
    "bad_request": Refusal(400, "invalid_request_error", "H-JSON"),
    "invalid_idempotency_key": Refusal(400, "invalid_request_error", "H-IDEM-KEY"),
    "idempotency_mismatch": Refusal(409, "idempotency_error", "D-IDEM-409"),
    "idempotency_in_flight": Refusal(409, "idempotency_error", "A-IDEM-IN-FLIGHT"),
    "invalid_request": Refusal("validation_status", "invalid_request_error", "D-CREATE"),
    "model_not_found": Refusal("unknown_model_status", "invalid_request_error", "D-CREATE"),
    "invalid_input": Refusal("validation_status", "invalid_request_error", "D-SCHEMA"),
    "invalid_media": Refusal("validation_status", "invalid_request_error", "D-INPUT"),
    "invalid_duration": Refusal("validation_status", "invalid_request_error", "D-DURATION"),
    "insufficient_balance": Refusal("no_balance_status", "billing_error", "A-NO-BALANCE"),
    "rate_limited": Refusal(429, "rate_limit_error", "A-RATE-LIMIT"),
    "concurrency_limited": Refusal(429, "rate_limit_error", "A-CONCURRENCY-LIMIT"),
    "output_expired": Refusal(403, "permission_error", "A-OUTPUT-TTL"),
    "range_not_satisfiable": Refusal(416, "invalid_request_error", "H-RANGE"),
    "account_not_found": Refusal(404, "not_found_error", "C-ACCOUNT"),
    "key_not_found": Refusal(404, "not_found_error", "C-ACCOUNT"),
    "fault_not_found": Refusal(404, "not_found_error", "C-FAULTS"),
    "snapshot_not_found": Refusal(404, "not_found_error", "C-SNAPSHOT"),
    "snapshot_limit": Refusal(409, "conflict_error", "C-SNAPSHOT"),
    "media_limit": Refusal(409, "conflict_error", "C-MEDIA"),
    "account_exists": Refusal(409, "conflict_error", "C-IMPORT"),
    "key_taken": Refusal(409, "conflict_error", "C-IMPORT"),
    "exchange_not_found": Refusal(404, "not_found_error", "C-EXPLAIN"),
    "admin_unauthorized": Refusal(401, "authentication_error", "C-ADMIN"),
    "control_invalid": Refusal(422, "invalid_request_error", "C-SHAPE"),
    "task_ended": Refusal(409, "conflict_error", "C-TASKS"),
    "clock_conflict": Refusal(409, "conflict_error", "C-CLOCK"),
    "internal_error": Refusal(500, "server_error", "F-FAULT"),
    "bad_gateway": Refusal(502, "server_error", "F-FAULT"),
    "gateway_timeout": Refusal(504, "server_error", "F-FAULT"),
    "unavailable": Refusal(503, "server_error", "C-HEALTH"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal of one request.

    `details` lists every violation found; `retry_after_s` and `allow` become headers; `settings` are the dialect
    settings that decided; `holder` is the task that holds the idempotency key, `differs` the JSON Pointers in
    which the bodies differ. The last three are for `explain` only.
    """

    code: str
    message: str
    details: tuple[Violation, ...] = ()
    retry_after_s: int | None = None
    allow: str | None = None
    settings: tuple[str, ...] = ()
    holder: str | None = None
    differs: tuple[str, ...] = field(default=())

    @property
    def refusal(self) -> Refusal:
        return REFUSALS[self.code]
