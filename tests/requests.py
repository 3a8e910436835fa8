"""Requests to a real server, as a client without any library makes them."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from mockserver.client import Account, AsyncAccount

TASKS = "/api/v1/tasks"
INPUT = {
    "character_orientation": "image",
    "mode": "std",
    "image_url": "https://example.com/ref-image.png",
    "video_url": "https://example.com/ref-video-8s.mp4",
}


def kling(**changes: object) -> dict[str, Any]:
    """A create that is accepted, with these members of its input changed."""
    return {"model": "kling-v3-motion-control", "input": INPUT | changes}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    json: Any


def send(account: Account | AsyncAccount, path: str, body: object = None, idempotency_key: str | None = None) -> Reply:
    """GET, or POST of a body (bytes are sent as they are), with the account's key."""
    sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {account.key}", "Content-Type": "application/json"}
    if idempotency_key is not None:
        headers["Idempotency-Key"] = idempotency_key
    request = Request(account.base_url + path, sent, headers)
    try:
        with urlopen(request) as answer:
            return Reply(answer.status, json.load(answer))
    except HTTPError as error:
        with error:
            return Reply(error.code, json.load(error))


def create(account: Account | AsyncAccount, idempotency_key: str | None = None, **changes: object) -> str:
    """A new task's id."""
    task_id: str = send(account, TASKS, kling(**changes), idempotency_key).json["task_id"]
    return task_id
