"""Hooks for Schemathesis: what no schema can say of a create is made true of it just before it is sent.

`schemathesis.toml` loads this module. Whatever is malformed on purpose stays as it is: only media references of the
published form are touched, and only in requests that name a known model.
"""

from base64 import b64encode
from copy import deepcopy
from functools import cache, reduce
from operator import getitem
from typing import Any
from zlib import crc32

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData

from mockserver import models
from mockserver.media import assumed, names, synth
from mockserver.pointers import find, pointer
from mockserver.records import Kind

IDEMPOTENCY_KEY = "Idempotency-Key"

VIDEOS = {
    3_000: "ref-video-3s-360x360.mp4",
    5_000: "ref-video-5s-360x640.mp4",
    10_000: "ref-video-10s-640x360.mp4",
    30_000: "ref-video-30s-640x360.mp4",
}
"""Real files by their length in ms: the documented bounds, and what lies between them."""

IMAGES = ("ref-image-300x300.png", "ref-image-640x360.png")

Bounds = tuple[int, int]
ANY_LENGTH: Bounds = (0, 10_000)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """The one hook: Schemathesis calls it for each request of every phase, its own probes included."""
    if is_about_the_body(case):
        case.headers[IDEMPOTENCY_KEY] = f"schemathesis-{case.id}"
    case.body = with_real_media(case.body)


def is_about_the_body(case: schemathesis.Case[Any]) -> bool:
    """Whether the coverage phase sends this request for the sake of its body.

    All of them come with one and the same idempotency key, so that all but the first would be answered 409, whatever
    their body holds. The other phases keep the keys they draw: replays and conflicts happen there.
    """
    phase = case.meta and case.meta.phase.data
    is_body = isinstance(phase, CoveragePhaseData) and phase.parameter_location is ParameterLocation.BODY
    return is_body and IDEMPOTENCY_KEY in case.headers


def with_real_media(body: Any) -> Any:
    """The body with real files for made-up `data:` URIs, and for videos whose name tells a length that is refused."""
    slug, given = (body.get("model"), body.get("input")) if isinstance(body, dict) else (None, None)
    model = models.get(slug) if isinstance(slug, str) else None
    if not isinstance(body, dict) or not isinstance(given, dict) or model is None:
        return body
    bounds = {place: (shortest_ms, longest_ms) for place, shortest_ms, longest_ms, _ in model.duration_bounds(given)}
    made = deepcopy(given)
    for member in model.document["media"]:
        for path, text in find(given, member["at"]):
            allowed = bounds.get(pointer(("input", *path)), ANY_LENGTH)
            if isinstance(text, str) and needs_a_file(text, allowed):
                reduce(getitem, path[:-1], made)[path[-1]] = file_for(text, member["kind"], allowed)
    return body if made == given else body | {"input": made}


def needs_a_file(text: str, allowed: Bounds) -> bool:
    """Whether this reference has the published form, and would be refused all the same."""
    if not models.is_media_reference(text):
        return False
    if text[:5].lower() == "data:":
        return True
    length_us = assumed.duration_us_in(text)
    return length_us is not None and not allowed[0] * 1000 <= length_us <= allowed[1] * 1000


def file_for(text: str, kind: Kind, allowed: Bounds) -> str:
    """A real file of that kind as a `data:` URI: the same for the same text, of a length that is allowed."""
    lengths = [name for length_ms, name in VIDEOS.items() if allowed[0] <= length_ms <= allowed[1]]
    fitting = IMAGES if kind == "image" else lengths
    return data_uri(fitting[crc32(text.encode()) % len(fitting)])


@cache
def data_uri(name: str) -> str:
    """The file the server itself serves under that name, whole."""
    media = names.parse(name)
    assert media is not None, name
    return f"data:{media.content_type};base64,{b64encode(synth.named(media)).decode()}"
