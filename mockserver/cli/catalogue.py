"""`mindvideo-mock models`: what the platform offers, and how much of it is known."""

from difflib import get_close_matches
from typing import Any

from mockserver import models
from mockserver.cli import show
from mockserver.cli.options import BadOption
from mockserver.models import Model


def named(slug: str) -> Model:
    """The model of that slug.

    Raises:
        BadOption: if there is none.
    """
    model = models.get(slug)
    if model is not None:
        return model
    near = get_close_matches(slug, models.slugs(), 1, cutoff=0.4)
    hint = f"did you mean {near[0]}? " if near else ""
    raise BadOption(f"there is no model {slug!r}: {hint}'mindvideo-mock models' lists them")


def list_all(*, as_json: bool) -> None:
    """One line for each model."""
    found = [named(slug) for slug in models.slugs()]
    if as_json:
        show.json([_summary(model) for model in found])
        return
    head = ("MODEL", "OUTPUT", "COVERAGE", "GRADE", "PRICE")
    show.table(head, [(m.slug, m.output, m.coverage, m.document["grade"], _prices(m.document)) for m in found])


def show_one(slug: str, *, as_json: bool) -> None:
    """Everything the contract says of one model; for people, the essence of it."""
    model = named(slug)
    document = model.document
    if as_json:
        show.json(document)
        return
    print(f"{model.name} ({model.slug})")
    print(f"takes {document['takes']}; {document['grade']}, {document['source']}; coverage {model.coverage}")
    print(f"price {_prices(document)}\n")
    schema = document["input_schema"]["schema"]
    upstream = document.get("upstream_schema", {}).get("schema", {})
    members = {**upstream.get("properties", {}), **schema.get("properties", {})}
    required = {*schema.get("required", ())}
    rows = [
        (name, _takes(member), "required" if name in required else "", _default(member))
        for name, member in members.items()
    ]
    show.table(("INPUT", "TAKES", "", "DEFAULT"), rows)
    for rule in document["rules"]:
        for value, (min_ms, max_ms) in rule["bounds_ms"].items():
            print(f"\n{rule['by'][1:]} {value}: {rule['of'][1:]} of {min_ms / 1000:g} to {max_ms / 1000:g} s")
    print(f"\nmindvideo-mock request {model.slug} prints a create.")


def _summary(model: Model) -> dict[str, Any]:
    document = model.document
    parts = ("slug", "name", "output", "coverage", "grade", "takes", "prices")
    return {part: document[part] for part in parts}


def _prices(document: dict[str, Any]) -> str:
    figures = document["prices"]["figures"]
    return ", ".join(" ".join(filter(None, (each["figure"], str(each.get("when", ""))))) for each in figures)


def _takes(member: dict[str, Any]) -> str:
    if "enum" in member:
        return " | ".join(str(value) for value in member["enum"])
    kind = member.get("type", "anything")
    bounds = [
        f"{word} {member[bound]}"
        for bound, word in (("minimum", "from"), ("maximum", "to"), ("maxLength", "up to"), ("maxItems", "at most"))
        if bound in member
    ]
    return " ".join([str(kind), *bounds])


def _default(member: dict[str, Any]) -> str:
    return str(member["default"]) if "default" in member else ""
