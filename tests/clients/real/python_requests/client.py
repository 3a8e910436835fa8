"""A client of the MindVideo API: requests, with urllib3's Retry mounted on an adapter.

After https://requests.readthedocs.io/en/latest/user/advanced/ ("Example: Automatic Retries", "Timeouts") and
https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html (`allowed_methods`, `respect_retry_after_header`).
"""

import json
import os
import sys
import time
import uuid
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

BASE_URL = os.environ["MINDVIDEO_BASE_URL"]
POLL_INTERVAL_S = float(os.environ.get("MINDVIDEO_POLL_INTERVAL_S", "2"))
BACKOFF_BASE_S = float(os.environ.get("MINDVIDEO_BACKOFF_BASE_S", "0.5"))
REQUEST_TIMEOUT_S = float(os.environ.get("MINDVIDEO_REQUEST_TIMEOUT_S", "10"))
DEADLINE_S = float(os.environ.get("MINDVIDEO_DEADLINE_S", "600"))
ENDED = ("succeeded", "failed", "cancelled")


def new_session() -> requests.Session:
    """A session that retries; a POST too, since it carries an idempotency key."""
    retries = Retry(
        total=5,
        backoff_factor=BACKOFF_BASE_S,
        status_forcelist=[429, 500, 502, 503, 504],
        allowed_methods={"GET", "POST"},
        respect_retry_after_header=True,
    )
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retries))
    session.mount("http://", HTTPAdapter(max_retries=retries))
    session.headers["Authorization"] = f"Bearer {os.environ['MINDVIDEO_API_KEY']}"
    return session


def create(session: requests.Session, request: dict[str, Any]) -> Any:
    response = session.post(
        f"{BASE_URL}/api/v1/tasks",
        json=request,
        headers={"Idempotency-Key": str(uuid.uuid4())},
        timeout=REQUEST_TIMEOUT_S,
    )
    response.raise_for_status()
    return response.json()


def read(session: requests.Session, task_id: str) -> Any:
    response = session.get(f"{BASE_URL}/api/v1/tasks/{task_id}", timeout=REQUEST_TIMEOUT_S)
    response.raise_for_status()
    return response.json()


def generate(session: requests.Session, request: dict[str, Any]) -> dict[str, Any]:
    """Create the task and wait for its end."""
    report: dict[str, Any] = {"outcome": "gave_up", "task_id": None, "urls": [], "http_status": None, "message": None}
    give_up_at = time.monotonic() + DEADLINE_S
    try:
        task = create(session, request)
        report["task_id"] = task["task_id"]
        while task["status"] not in ENDED:
            if time.monotonic() > give_up_at:
                return report | {"message": "deadline"}
            time.sleep(POLL_INTERVAL_S)
            task = read(session, task["task_id"])
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else None
        return report | {"outcome": "rejected", "http_status": status, "message": str(error)}
    except requests.RequestException as error:
        return report | {"message": str(error)}
    output = task.get("output") or {}
    urls = [file["url"] for files in output.values() for file in files]
    return report | {"outcome": task["status"], "urls": urls}


def main() -> None:
    request = json.load(sys.stdin)
    with new_session() as session:
        print(json.dumps(generate(session, request)))


if __name__ == "__main__":
    main()
