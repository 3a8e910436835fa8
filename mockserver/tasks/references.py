"""From the URLs in an input to facts about the files behind them, in the order of API.md §5."""

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from mockserver.media import assumed, data_uri, fetch, probe
from mockserver.media.upstream import violations as beyond
from mockserver.models import Model, is_media_reference
from mockserver.records import Kind, MediaFacts, Violation
from mockserver.tasks import Service

NAMED_PATH = "/_mock/media/"
KEPT_BYTES = 16 * 2**20
"""A fetched file up to this size is kept, so that the output can show its picture and keep its sound."""

MAX_FILES = 100
"""No model takes as many; looking at what a hostile body can name would keep everybody waiting."""

REMEMBERED_FILES = 4
REMEMBERED_CHARS = 1000
"""URLs come as many and as long as a body may be; only a usual number of a usual length is worth remembering."""

ASSUMED_US = 5_000_000
ASSUMED_IMAGE = MediaFacts("image", "assumed")

Media = tuple[tuple[str, MediaFacts], ...]

Found = MediaFacts | str
"""Facts, or one sentence that says why there are none."""

Hosts = Callable[[], frozenset[str]]
"""The names under which this server is itself addressed."""


async def resolve_all(
    service: Service,
    account_id: str,
    hosts: Hosts,
    model: Model,
    given: dict[str, object],
    *,
    upstream: bool,
    has_media: bool = True,
) -> dict[str, MediaFacts] | list[Violation]:
    """The facts by pointer; or the problems of all media members at once (D-INPUT).

    Without `has_media` nobody has registered a URL, and none is looked up.
    """
    facts: dict[str, MediaFacts] = {}
    wrong: list[Violation] = []
    media = model.media(given)
    if len(media) > MAX_FILES:
        text = f"The input refers to {len(media)} files; at most {MAX_FILES} are looked at."
        return [Violation("/input", "too_many_files", text, "D-INPUT")]
    for pointer, kind, url in media:
        found = await _resolve(service, account_id, hosts, kind, url, has_media=has_media)
        if isinstance(found, str):
            wrong.append(Violation(pointer, "media", _sentence(found), "D-INPUT"))
            continue
        facts[pointer] = found
        if upstream:
            broken = beyond(found, model.upstream_media(kind) or {})
            wrong.extend(Violation(pointer, code, _sentence(text), "U-MEDIA") for code, text in broken)
    return wrong or facts


def assumed_all(model: Model, given: dict[str, object]) -> Media | None:
    """What is taken for granted, by pointer, where all files can only be elsewhere; None where more must be looked at.

    Equal ones are one object: most of a server's tasks refer to the same few files.
    """
    named = model.media(given)
    if len(named) > REMEMBERED_FILES or any(len(url) > REMEMBERED_CHARS for _, _, url in named):
        return None
    return _assumed(tuple(named))


@lru_cache(maxsize=512)
def _assumed(named: tuple[tuple[str, Kind, str], ...]) -> Media | None:
    facts = [(pointer, _foreign(kind, url)) for pointer, kind, url in named]
    known = tuple((pointer, found) for pointer, found in facts if found is not None)
    return known if len(known) == len(named) else None


def _foreign(kind: Kind, url: str) -> MediaFacts | None:
    place = None if url[:5].lower() == "data:" else _place(url)
    return None if place is None or place[1].startswith(NAMED_PATH) else _assumed_facts(kind, url)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


async def _resolve(service: Service, account_id: str, hosts: Hosts, kind: Kind, url: str, *, has_media: bool) -> Found:
    if url[:5].lower() == "data:":
        return await _inline(kind, url)
    place = place_of(url)
    if place is None:
        return f"This is neither an http(s) URL nor a data: URI of {_a(kind)}."
    netloc, path = place
    if path.startswith(NAMED_PATH) and netloc in hosts():
        return await _named(service, kind, path)
    registered = await service.store.media(account_id, url) if has_media else None
    if registered is not None:
        if registered.facts.kind != kind:
            return f"The file registered for this URL is {_a(registered.facts.kind)}, not {_a(kind)}."
        return registered.facts
    if service.settings.media == "assume":
        return _assumed_facts(kind, url)
    if service.settings.media == "reject":
        return "This URL is not registered, and the server runs with --media reject: register it with PUT …/media."
    return await _fetched(service, account_id, kind, url)


def _a(kind: Kind) -> str:
    return "an image" if kind == "image" else "a video"


def place_of(url: str) -> tuple[str, str] | None:
    """(host and port in lower case, path) of an http(s) URL; None if it is none."""
    return _remembered_place(url) if len(url) <= REMEMBERED_CHARS else _place(url)


def _place(url: str) -> tuple[str, str] | None:
    if not is_media_reference(url):
        return None
    parts = urlsplit(url)
    return (parts.netloc.rpartition("@")[2].lower(), parts.path) if parts.netloc else None


_remembered_place = lru_cache(maxsize=1024)(_place)


def _assumed_facts(kind: Kind, url: str) -> MediaFacts:
    """What is taken for granted of a file nobody looks at: the seconds in its name, else five."""
    if kind == "image":
        return ASSUMED_IMAGE
    seconds_us = _remembered_us(url) if len(url) <= REMEMBERED_CHARS else assumed.duration_us_in(url)
    return _assumed_video(ASSUMED_US if seconds_us is None else seconds_us)


_remembered_us = lru_cache(maxsize=1024)(assumed.duration_us_in)


@lru_cache(maxsize=1024)
def _assumed_video(duration_us: int) -> MediaFacts:
    """Equal facts are one object."""
    return MediaFacts("video", "assumed", duration_us=duration_us)


async def _inline(kind: Kind, url: str) -> Found:
    parsed = data_uri.parse(url)
    if isinstance(parsed, str):
        return parsed
    return await probe.probe_async(parsed[1], kind)


async def _named(service: Service, kind: Kind, path: str) -> Found:
    facts = await service.workshop.named_facts(path.removeprefix(NAMED_PATH))
    if facts is None:
        return "This server makes no file of that name: see ref-video-8s.mp4 and ref-image-640x640.png."
    return facts if facts.kind == kind else f"This file is {_a(facts.kind)}, not {_a(kind)}."


async def _fetched(service: Service, account_id: str, kind: Kind, url: str) -> Found:
    policy = fetch.FetchPolicy(service.settings.fetch_hosts, service.settings.fetch_private)
    fetched = await fetch.fetch(url, policy, kind)
    if isinstance(fetched, str):
        return fetched
    content = fetched.data
    facts = await probe.probe_async(content, kind)
    if isinstance(facts, MediaFacts) and facts.digest is not None and len(content) <= KEPT_BYTES:
        await service.store.put_blob(account_id, facts.digest, content)
    return facts
