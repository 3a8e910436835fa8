"""A create as a command that works when it is pasted into a shell."""

import json
import shlex


def command(base_url: str, key: str, body: object, *, is_idempotent: bool = True) -> str:
    """The curl of the platform's page, on one line; a shell makes a new idempotency key of it each second."""
    headers = [f"Authorization: Bearer {key}", "Content-Type: application/json"]
    words = ["curl", f"{base_url}/api/v1/tasks"]
    words += [word for header in headers for word in ("-H", header)]
    claim = '-H "Idempotency-Key: task_$(date +%s)" ' if is_idempotent else ""
    return f"{shlex.join(words)} {claim}-d {shlex.quote(json.dumps(body, ensure_ascii=False))}"
