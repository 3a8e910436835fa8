"""The checks of a create before its commit, in the order of API.md §4: they store nothing and charge nothing."""

from collections.abc import Callable, Mapping
from itertools import islice

from mockserver import models
from mockserver.accounts import Account
from mockserver.models import Model
from mockserver.models.schema import MAX_VIOLATIONS
from mockserver.pointers import pointer
from mockserver.problems import Problem
from mockserver.records import MediaFacts, Plan, Violation, record
from mockserver.tasks import Service
from mockserver.tasks.references import Hosts, Media, assumed_all, resolve_all

MEMBERS: Mapping[str, type] = {"model": str, "input": dict}


@record
class Create:
    """A create as it came in: `body` the bytes, `document` the object in them; `hosts` are this server's own names.

    `reshape` has the last word on how the task will go (an operator's, or a fault's); `has_media` is as in `Look`.
    """

    account: Account
    api_key: str
    body: bytes
    document: dict[str, object]
    idempotency_key: str | None
    request_id: str
    hosts: Hosts
    reshape: Callable[[Plan], Plan] | None = None
    has_media: bool = True


@record
class Verdict:
    """What the checks before the commit found out about an acceptable create."""

    model: Model
    input: dict[str, object]
    media: Media
    facts: dict[str, MediaFacts]
    fails: Violation | None


def _top_level(document: dict[str, object]) -> list[Violation]:
    """A create has two members, `model` and `input`, and no others."""
    if len(document) == 2 and isinstance(document.get("model"), str) and isinstance(document.get("input"), dict):
        return []
    found = []
    for name, kind in MEMBERS.items():
        if name not in document:
            found.append(Violation(f"/{name}", "required", f"The member '{name}' is required.", "D-CREATE"))
        elif not isinstance(document[name], kind):
            word = "a string" if kind is str else "an object"
            found.append(Violation(f"/{name}", "type", f"The member '{name}' must be {word}.", "D-CREATE"))
    text = "This member is unknown: a create has 'model' and 'input' only."
    surplus = (pointer((name,)) for name in document if name not in MEMBERS)
    found.extend(
        Violation(place, "additional_properties", text, "D-CREATE") for place in islice(surplus, MAX_VIOLATIONS)
    )
    return found


def _refuse(code: str, details: list[Violation], *settings: str) -> Problem:
    return Problem(code, details[0].message, tuple(details), settings=settings)


async def examine(service: Service, create: Create) -> Verdict | Problem:
    """Top-level members → model → schema → media → duration."""
    dialect = create.account.dialect
    if details := _top_level(create.document):
        return _refuse("invalid_request", details, "validation_status")
    slug, given = create.document["model"], create.document["input"]
    assert isinstance(slug, str)
    assert isinstance(given, dict)
    model = models.get(slug)
    if model is None:
        text = "This model is unknown: 'mindvideo-mock models' lists those there are."
        return _refuse(
            "model_not_found", [Violation("/model", "unknown_model", text, "D-CREATE")], "unknown_model_status"
        )
    upstream = dialect.media_rules == "upstream"
    if details := model.violations(given, upstream=upstream):
        return _refuse("invalid_input", details, "validation_status", "media_rules")
    is_assumed = service.settings.media == "assume" and not create.has_media and not upstream
    media = assumed_all(model, given) if is_assumed else None
    if media is None:
        how = {"upstream": upstream, "has_media": create.has_media}
        resolved = await resolve_all(service, create.account.account_id, create.hosts, model, given, **how)
        if isinstance(resolved, list):
            return _refuse("invalid_media", resolved, "validation_status", "media_rules")
        media = tuple(resolved.items())
    facts = dict(media)
    late = durations(model, given, facts, dialect.duration_tolerance_ms)
    if late and dialect.duration_check == "at_submit":
        return _refuse("invalid_duration", late, "validation_status", "duration_check", "duration_tolerance_ms")
    return Verdict(model, given, media, facts, late[0] if late else None)


def durations(
    model: Model, given: dict[str, object], facts: dict[str, MediaFacts], tolerance_ms: int
) -> list[Violation]:
    """Media that are too short or too long; both ends of a bound are included (D-DURATION)."""
    found = []
    for place, min_ms, max_ms, reason in model.duration_bounds(given):
        known = facts.get(place)
        if known is None or known.duration_us is None:
            continue
        if not (min_ms - tolerance_ms) * 1000 <= known.duration_us <= (max_ms + tolerance_ms) * 1000:
            text = f"The video is {known.duration_us / 1e6:g} s long, but {reason}."
            found.append(Violation(place, "duration", text, "D-DURATION"))
    return found
