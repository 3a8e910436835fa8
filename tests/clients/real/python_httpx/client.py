"""A client of the MindVideo API: httpx, with stamina for the retries.

After https://stamina.hynek.me/en/stable/tutorial.html (the decorator) and
https://stamina.hynek.me/en/stable/api.html (`on` as a backoff hook that obeys `Retry-After`);
https://www.python-httpx.org/advanced/clients/ (a client with a base URL, headers and a timeout).
"""

import json
import os
import sys
import time
import uuid
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import stamina

POLL_INTERVAL_S = float(os.environ.get("MINDVIDEO_POLL_INTERVAL_S", "2"))
BACKOFF_BASE_S = float(os.environ.get("MINDVIDEO_BACKOFF_BASE_S", "0.5"))
REQUEST_TIMEOUT_S = float(os.environ.get("MINDVIDEO_REQUEST_TIMEOUT_S", "10"))
DEADLINE_S = float(os.environ.get("MINDVIDEO_DEADLINE_S", "600"))
ENDED = ("succeeded", "failed", "cancelled")


def transient(error: Exception) -> bool | float:
    """Whether it is worth another attempt, or how many seconds the server asks to wait before it."""
    if isinstance(error, httpx.HTTPStatusError):
        response = error.response
        if response.status_code != 429 and response.status_code < 500:
            return False
        return seconds(response.headers["Retry-After"]) if "Retry-After" in response.headers else True
    return isinstance(error, httpx.TransportError)


def seconds(retry_after: str) -> float:
    """The header in either of its two forms."""
    if retry_after.isdigit():
        return float(retry_after)
    return (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()


retry = stamina.retry(
    on=transient, attempts=6, timeout=DEADLINE_S, wait_initial=BACKOFF_BASE_S, wait_jitter=BACKOFF_BASE_S
)


@retry
def create(client: httpx.Client, request: dict[str, Any], idempotency_key: str) -> Any:
    response = client.post("/api/v1/tasks", json=request, headers={"Idempotency-Key": idempotency_key})
    response.raise_for_status()
    return response.json()


@retry
def read(client: httpx.Client, task_id: str) -> Any:
    response = client.get(f"/api/v1/tasks/{task_id}")
    response.raise_for_status()
    return response.json()


def generate(client: httpx.Client, request: dict[str, Any]) -> dict[str, Any]:
    """Create the task and wait for its end."""
    give_up_at = time.monotonic() + DEADLINE_S
    task_id = None
    try:
        task = create(client, request, str(uuid.uuid4()))
        task_id = task["task_id"]
        while task["status"] not in ENDED:
            if time.monotonic() > give_up_at:
                return report("gave_up", task_id, message="deadline")
            time.sleep(POLL_INTERVAL_S)
            task = read(client, task_id)
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        outcome = "gave_up" if status == 429 or status >= 500 else "rejected"
        return report(outcome, task_id, http_status=status, message=error.response.text)
    except httpx.HTTPError as error:
        return report("gave_up", task_id, message=str(error))
    output = task.get("output") or {}
    urls = [file["url"] for kind in ("videos", "images") for file in output.get(kind, [])]
    return report(task["status"], task_id, urls)


def report(
    outcome: str,
    task_id: str | None,
    urls: list[str] | None = None,
    http_status: int | None = None,
    message: str | None = None,
) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "task_id": task_id,
        "urls": urls or [],
        "http_status": http_status,
        "message": message,
    }


def main() -> None:
    request = json.load(sys.stdin)
    with httpx.Client(
        base_url=os.environ["MINDVIDEO_BASE_URL"],
        headers={"Authorization": f"Bearer {os.environ['MINDVIDEO_API_KEY']}"},
        timeout=REQUEST_TIMEOUT_S,
    ) as client:
        print(json.dumps(generate(client, request)))


if __name__ == "__main__":
    main()
