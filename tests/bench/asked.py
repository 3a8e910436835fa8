"""What is asked again and again: one request, with the places at which each differs from the one before."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

KEY = "mv_live_bench"
"""One account for all: of many tasks kept and of many creates at once, one account is the harder case."""

WORDS = ("fog", "tram", "violin", "lighthouse", "staircase", "a slow pan", "in the rain", "two dancers", "at dusk")
ID_BYTES = 29

BODY = (
    '{"model":"kling-v3-motion-control","input":{"prompt":"人物按参考视频动作起舞,动作连贯,写实风格 {n}",'
    '"character_orientation":"image","image_url":"https://example.com/ref-image.png","keep_original_sound":"yes",'
    '"mode":"std","video_url":"https://example.com/ref-video-8s.mp4"}}'
)
"""The create of the platform's page; no prompt comes twice, so that nothing is gained by remembering bodies."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`{n}` in body and key is another text each time; `{id}` in the path a random line of the file `ids`.

    A line of that file is an id of `ID_BYTES` bytes. asked.lua does the same for wrk.
    """

    method: Literal["GET", "POST"]
    path: str
    body: str = ""
    idempotency_key: str = ""
    ids: Path | None = None

    @property
    def is_plain(self) -> bool:
        """Whether every request is the same, without a body."""
        return not self.body and self.ids is None


def create(path: str = "/api/v1/tasks", body: str = BODY) -> Asked:
    """A new task by each request."""
    return Asked("POST", path, body, "{n}")


def requests(asked: Asked, run: str, host: str) -> Callable[[], bytes]:
    """What makes the requests, one after the other; keys of different runs differ."""
    chance = Random(run)
    ids = asked.ids.read_text().splitlines() if asked.ids else []
    sent = 0

    def request() -> bytes:
        nonlocal sent
        sent += 1
        path = asked.path.replace("{id}", chance.choice(ids)) if ids else asked.path
        words = " ".join([f"{sent}", *(chance.choice(WORDS) for _ in range(chance.randint(1, 8)))])
        body = asked.body.replace("{n}", words).encode()
        head = f"{asked.method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        if asked.idempotency_key:
            head += f"Idempotency-Key: {asked.idempotency_key.replace('{n}', f'{run}-{sent}')}\r\n"
        return f"{head}\r\n".encode() + body

    return request
