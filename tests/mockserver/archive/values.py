"""Files to take apart, from a server that has been used."""

import io
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import orjson

from mockserver.archive.draft import Draft
from mockserver.archive.lines import END, HEADER, framed, read
from mockserver.archive.moving import restore
from mockserver.archive.survey import survey
from mockserver.problems import Problem
from mockserver.store import Store
from tests.asgi import Caller, kling
from tests.mockserver.control.desk import Desk, desk
from tests.mockserver.media import samples

IMAGE = "https://example.com/dancer.png"
CONTENT = samples.named("ref-image-16x16.png")


async def used(caller: Caller) -> list[Desk]:
    """Two accounts that own one of everything, done through the API and the control plane."""
    made = await desk(
        caller=caller,
        seed=-3,
        dialect={"rate_limit": "100/60", "output_ttl_s": 60.5},
        plan={
            "queued_s": 3,
            "queue": [{"outcome": "failed", "code": "x"}, {"outcome": "stuck"}, {"timing": "instant"}],
        },
        faults=[{"name": "status", "on": "read", "code": 503, "times": None}, {"name": "drip", "task": "nonce"}],
    )
    await made.made(idempotency_key="k1")
    off, gone = (await made.ok("POST", "keys"))["key"], (await made.ok("POST", "keys"))["key"]
    await made.ok("PATCH", f"keys/{off}", {"state": "disabled"})
    await made.ok("DELETE", f"keys/{gone}")
    await made.ok("PUT", "media", {"url": IMAGE, "content_base64": b64encode(CONTENT).decode()})
    await made.ok("POST", "snapshot")
    caller.advance(1)
    await made.ok("POST", "topup", {"amount": 2.5})
    body = orjson.dumps(kling(image_url=IMAGE, prompt="第二 [mock:queued=20s]"))
    second = (await made.caller.create(raw=body, key=made.key, idempotency_key="k2")).json["task_id"]
    await made.caller.read(second, key=made.key)
    await made.ok("POST", f"tasks/{second}/hold")
    await made.ok("PUT", "media", {"url": "https://example.com/b.png", "facts": {"kind": "image", "width": 7}})
    await made.ok("POST", "clock/advance", {"seconds": 100})
    await made.ok("POST", "snapshot")
    other = await desk(caller=caller)
    await other.made()
    return [made, other]


async def file_of(store: Store, wall_ms: int, *names: str) -> bytes:
    """These accounts of a store as one file."""
    with Draft() as draft:
        for name in names:
            assert await store.export(name, wall_ms, draft.add)
        return b"".join(draft.chunks())


async def put(store: Store, content: bytes, wall_ms: int, *, replace: bool = False) -> Problem | None:
    """All accounts of a file into a store."""
    file = io.BytesIO(content)
    return await restore(store, file, survey(file), wall_ms, replace=replace, bounds=None)


def documents(content: bytes) -> list[dict[str, Any]]:
    """The lines of a file without header, end and sums."""
    lines = list(read(io.BytesIO(content)))
    return [{line.kind: line.value} for line in lines if line.kind not in (HEADER, END)]


def refiled(lines: Iterable[dict[str, Any]], counts: dict[str, int]) -> bytes:
    """A file of these lines with good sums, whatever they say."""
    return b"".join(framed(map(orjson.dumps, lines), counts))
