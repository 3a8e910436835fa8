"""A create as a command that works when it is pasted into a shell."""

import json
import shlex

FRESH_KEY = "task_$(date +%s)"
"""An idempotency key that a shell makes anew each second, as in the example of the platform's page."""


def command(base_url: str, key: str, body: object, idempotency_key: str | None = None) -> str:
    """One line; without an idempotency key of its own it makes a fresh one each time."""
    headers = [f"Authorization: Bearer {key}", "Content-Type: application/json"]
    words = ["curl", f"{base_url}/api/v1/tasks", *(word for header in headers for word in ("-H", header))]
    claim = (
        f'"Idempotency-Key: {FRESH_KEY}"'
        if idempotency_key is None
        else shlex.quote(f"Idempotency-Key: {idempotency_key}")
    )
    return f"{shlex.join(words)} -H {claim} -d {shlex.quote(json.dumps(body, ensure_ascii=False))}"
