"""Registered URLs of an account (API.md §5, point 3), and the files that the fake itself serves (point 2)."""

import asyncio
from binascii import a2b_base64
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from mockserver.control import answers, shapes
from mockserver.control.intake import Sent, invalid
from mockserver.control.refusal import Refused, granted, new_request_id, render, response
from mockserver.control.route import ACCOUNT, FILE, Named, Route, Serving, shown
from mockserver.http import File, file_answer
from mockserver.media import containers, names, probe
from mockserver.problems import Problem
from mockserver.records import MediaFacts, Registered, Violation
from mockserver.settings import MIB
from mockserver.tasks import Service
from mockserver.wire.control import task as wire

MAX_BODY_BYTES = 140 * MIB
"""Room for a file of 100 MB, as the upstream's limit on a video is, in base64."""

STEP = 2**20
"""Characters of base64 decoded at a time: a multiple of four."""

FILE_NOT_FOUND = Problem(
    "not_found",
    "There is no file of that name: see ref-video-8s.mp4, ref-video-2.9s-720x1280.mp4, ref-image-640x640.png.",
)
BEYOND = Problem("range_not_satisfiable", "No byte of the file lies in the range asked for: see Content-Range.")


async def list_media(service: Serving, account: Named) -> Response:
    """The URLs registered with the account."""
    found = await service.store.all_media(account.account_id)
    return shown({"media": [wire.media(registered) for registered in found]})


async def register_media(
    service: Serving,
    account: Named,
    body: Annotated[shapes.Media, Depends(Sent(shapes.Media, limit_bytes=MAX_BODY_BYTES))],
) -> Response:
    """Say what is behind a URL: the file itself, which is looked at, or facts, which are believed."""
    if body.facts is not None:
        registered = Registered(body.url, _stated(body.facts))
    else:
        registered = await _probed(body.url, body.content_base64 or "")
    if not granted(await service.store.put_media(account.account_id, registered)):
        raise Refused(_no_room(service))
    return shown(wire.media(registered))


def _no_room(service: Service) -> Problem:
    text = (
        f"With this file the account and its snapshots would hold more than {service.settings.media_limit_mb} MiB of "
        "media: state facts instead, delete snapshots that hold other files, or start the server with a higher "
        "--media-limit-mb."
    )
    return Problem("media_limit", text, (Violation("/content_base64", "too_many", text, "C-MEDIA"),))


def _stated(facts: shapes.StatedFacts) -> MediaFacts:
    duration_us = None if facts.duration_s is None else round(facts.duration_s * 1_000_000)
    return MediaFacts(facts.kind, "stated", duration_us, facts.width, facts.height, facts.bytes)


async def _probed(url: str, content_base64: str) -> Registered:
    content = await asyncio.to_thread(_decoded, content_base64)
    if content is None:
        raise _bad_content("base64", "This is no base64.")
    container = containers.sniff(content)
    if container is None:
        raise _bad_content("media", "These bytes are neither an image nor a video that is understood here.")
    facts = await probe.probe_async(content, container.kind)
    if isinstance(facts, str):
        raise _bad_content("media", f"{facts[0].upper()}{facts[1:].rstrip('.')}.")
    return Registered(url, facts, content)


def _decoded(text: str) -> bytes | None:
    """What the text stands for; decoded bit by bit, so that other threads get their turn."""
    if "=" in text[:-2]:
        return None
    try:
        return b"".join(a2b_base64(text[at : at + STEP], strict_mode=True) for at in range(0, len(text), STEP))
    except ValueError:
        return None


def _bad_content(code: str, message: str) -> Refused:
    return invalid([Violation("/content_base64", code, message, "C-MEDIA")])


async def read_named_file(request: Request, service: Serving, name: str) -> Response:
    """A real, playable file made from its name; the same bytes each time."""
    content = granted(await service.workshop.named(name), FILE_NOT_FOUND)
    known = names.parse(name)
    assert known is not None, "it was made"
    file = await asyncio.to_thread(File, content, known.content_type)
    answer = file_answer(file, dict(request.scope["headers"]), is_head=request.method == "HEAD")
    if answer.status != 416:
        return response(answer)
    return response(render(BEYOND, new_request_id(service), answer.headers))


ROUTES = (
    Route("GET", f"{ACCOUNT}/media", list_media, answers.RegisteredMedia),
    Route("PUT", f"{ACCOUNT}/media", register_media, answers.Registered),
    Route("GET", "/_mock/media/{name}", read_named_file, FILE, takes_any_query=True),
)
