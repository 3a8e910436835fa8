"""URLs that an account registers, and the files the fake itself serves (CONTROL.md, Media)."""

import asyncio
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from mockserver.control.media import MAX_BODY_BYTES
from mockserver.settings import Settings
from tests.asgi import kling
from tests.media_files import named
from tests.mockserver.control.desk import desk

URL = "https://cdn.example/some/video?sig=a%20b"
VIDEO = "ref-video-4.5s-64x48.mp4"
IMAGE = "ref-image-400x300.png"


def base64(name: str) -> str:
    return b64encode(named(name)).decode()


@pytest.mark.clause("C-MEDIA")
async def test_stated_facts_are_believed() -> None:
    """A task that refers to the URL has them, and a second PUT replaces the first."""
    made = await desk()
    facts = {"kind": "video", "duration_s": 8.25, "width": 640, "height": 480, "bytes": 1234}
    stated = {"url": URL, "facts": {**facts, "container": None, "source": "stated"}}
    assert await made.ok("PUT", "media", {"url": URL, "facts": facts}) == stated
    assert await made.get("media") == {"media": [stated]}
    task_id = await made.made(kling(video_url=URL))
    assert (await made.get(f"tasks/{task_id}"))["media"]["video_url"] == stated["facts"]
    await made.ok("PUT", "media", {"url": URL, "facts": {"kind": "video", "duration_s": 2.9}})
    [replaced] = (await made.get("media"))["media"]
    assert replaced["facts"]["duration_s"] == 2.9
    assert replaced["facts"]["width"] is None
    assert (await made.caller.create(kling(video_url=URL), key=made.key)).code == "invalid_duration"


@pytest.mark.clause("C-MEDIA")
@pytest.mark.parametrize("method", ["assume", "reject"])
async def test_given_bytes_are_looked_at(method: Any) -> None:
    """What is in the file counts, also where nothing else is taken."""
    made = await desk(Settings(media=method))
    found = await made.ok("PUT", "media", {"url": URL, "content_base64": base64(VIDEO)})
    facts = found["facts"]
    assert facts == {
        "kind": "video",
        "duration_s": 4.5,
        "width": 64,
        "height": 48,
        "bytes": len(named(VIDEO)),
        "container": "mp4",
        "source": "probed",
    }
    image = await made.ok("PUT", "media", {"url": "http://a.example/i", "content_base64": base64(IMAGE)})
    assert (image["facts"]["kind"], image["facts"]["width"], image["facts"]["duration_s"]) == ("image", 400, None)
    task_id = await made.made(kling(video_url=URL, image_url="http://a.example/i"))
    media = (await made.get(f"tasks/{task_id}"))["media"]
    assert (media["video_url"], media["image_url"]) == (facts, image["facts"])


@pytest.mark.clause("C-MEDIA", "D-INPUT")
async def test_a_file_of_the_other_kind_is_refused_in_a_task() -> None:
    """An image does not become a video by being registered."""
    made = await desk()
    await made.ok("PUT", "media", {"url": URL, "content_base64": base64(IMAGE)})
    reply = await made.caller.create(kling(video_url=URL), key=made.key)
    assert (reply.status, reply.code) == (400, "invalid_media")


@pytest.mark.clause("C-MEDIA", "C-SHAPE")
@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({}, ["/url"]),
        ({"url": URL}, [""]),
        ({"url": URL, "facts": {"kind": "image"}, "content_base64": ""}, [""]),
        ({"url": URL, "facts": {}}, ["/facts/kind"]),
        ({"url": URL, "facts": {"kind": "audio", "fps": 24}}, ["/facts/kind", "/facts/fps"]),
        ({"url": URL, "facts": {"kind": "image", "duration_s": 3}}, ["/facts"]),
        ({"url": URL, "facts": {"kind": "video", "duration_s": 0}}, ["/facts/duration_s"]),
        ({"url": URL, "facts": {"kind": "video", "width": 0, "height": 1.5}}, ["/facts/width", "/facts/height"]),
        ({"url": URL, "facts": {"kind": "video", "bytes": True}}, ["/facts/bytes"]),
        ({"url": "ftp://a.example/x", "facts": {"kind": "image"}}, ["/url"]),
        ({"url": "data:image/png;base64,AAAA", "facts": {"kind": "image"}}, ["/url"]),
        ({"url": "https://a b/", "facts": {"kind": "image"}}, ["/url"]),
        ({"url": f"https://a.example/{'x' * 8200}", "facts": {"kind": "image"}}, ["/url"]),
        ({"url": URL, "content_base64": ""}, ["/content_base64"]),
        ({"url": URL, "content_base64": "AAA"}, ["/content_base64"]),
        ({"url": URL, "content_base64": "ÄÖÜ="}, ["/content_base64"]),
        ({"url": URL, "content_base64": "AAA=AAAA"}, ["/content_base64"]),
        ({"url": URL, "content_base64": "AA AA\n"}, ["/content_base64"]),
        ({"url": URL, "content_base64": b64encode(b"just text").decode()}, ["/content_base64"]),
        ({"url": URL, "content_base64": b64encode(b"\x89PNG\r\n\x1a\nnot really").decode()}, ["/content_base64"]),
        ({"url": URL, "content_base64": b64encode(b"\0\0\0\x18ftypmp42" + bytes(99)).decode()}, ["/content_base64"]),
    ],
)
async def test_what_is_no_media(body: object, places: list[str]) -> None:
    """It is refused by place, and nothing is registered."""
    made = await desk()
    assert await made.refused("PUT", "media", body) == (422, "control_invalid", places)
    assert await made.get("media") == {"media": []}


@pytest.mark.clause("C-MEDIA", "H-SIZE")
async def test_how_large_a_file_may_be() -> None:
    """Far larger than any other body; beyond that, 413 before it is read."""
    made = await desk()
    padded = b64encode(named(IMAGE) + bytes(11 * 2**20)).decode()
    assert (await made.call("PUT", "media", {"url": URL, "content_base64": padded})).status == 200
    headers = {"content-length": str(MAX_BODY_BYTES + 1)}
    found = await made.refused("PUT", "media", {"url": URL}, headers=headers)
    assert found == (413, "body_too_large", [])


@pytest.mark.clause("C-MEDIA")
async def test_media_of_an_account_that_goes_meanwhile() -> None:
    """The file has been looked at, but there is nobody to keep it for."""
    made = await desk()
    exchange = made.caller.exchange(
        "PUT",
        f"{made.path}/media",
        [b'{"url":"https://a.example/",'],
        [("content-type", "application/json")],
        whole=False,
    )
    call = asyncio.create_task(made.caller.call(exchange))
    while exchange.to_send.qsize():
        await made.get("")  # gives way
    await made.ok("DELETE", "")
    exchange.to_send.put_nowait({"type": "http.request", "body": b'"facts":{"kind":"image"}}', "more_body": False})
    reply = await call
    assert reply is not None
    assert (reply.status, reply.code) == (404, "account_not_found")


@pytest.mark.clause("M-NAMED")
@pytest.mark.parametrize(("name", "kind"), [(VIDEO, "video/mp4"), (IMAGE, "image/png")])
async def test_named_files_are_served(name: str, kind: str) -> None:
    """With no key and any query: whole, in part, by HEAD, and not again to whom has it."""
    made = await desk()
    path, content = f"/_mock/media/{name}", named(name)
    whole = await made.call("GET", f"{path}?x=1")
    assert (whole.status, whole.body, whole.header("content-type")) == (200, content, kind)
    assert whole.header("accept-ranges") == "bytes"
    head = await made.call("HEAD", path)
    assert (head.status, head.body, head.header("content-length")) == (200, b"", str(len(content)))
    part = await made.call("GET", path, headers={"range": "bytes=10-19"})
    assert (part.status, part.body) == (206, content[10:20])
    assert part.header("content-range") == f"bytes 10-19/{len(content)}"
    tag = whole.header("etag") or ""
    assert (await made.call("GET", path, headers={"if-none-match": tag})).status == 304
    beyond = await made.call("GET", path, headers={"range": f"bytes={len(content)}-"})
    assert (beyond.status, beyond.code) == (416, "range_not_satisfiable")
    assert beyond.header("content-range") == f"bytes */{len(content)}"
    assert sha256((await made.call("GET", path)).body).digest() == sha256(content).digest()


@pytest.mark.clause("M-NAMED")
@pytest.mark.parametrize(
    "name", ["ref-video-61s.mp4", "ref-image-5000x10.png", "ref-image-0x10.png", "x.mp4", "%2e%2e", "ref-video-8s.mov"]
)
async def test_any_other_name_is_404(name: str) -> None:
    """Sides over 4096, lengths over a minute, and names of no form."""
    made = await desk()
    for method in ("GET", "HEAD"):
        reply = await made.call(method, f"/_mock/media/{name}")
        assert reply.status == 404
    assert await made.refused("GET", f"/_mock/media/{name}") == (404, "not_found", [])
