"""From JSON to fault rules: common members by one shape, parameters by the fields of the fault that is named."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from mockserver.accounts import Account
from mockserver.control import shapes
from mockserver.control.intake import violation
from mockserver.faults.table import TABLE, Row
from mockserver.pointers import pointer
from mockserver.records import Rule, Violation

COMMON = tuple(shapes.FaultRule.model_fields)


def violations(document: Mapping[str, Any]) -> list[Violation]:
    """All that is wrong with one rule; an unknown name or parameter is told the known ones."""
    row = TABLE.get(name) if isinstance(name := document.get("name"), str) else None
    common = {key: value for key, value in document.items() if key in COMMON}
    found = list(_checked(shapes.FaultRule, common))
    if row is None:
        if "name" in document:
            text = f"There is no such fault; there are {', '.join(TABLE)}."
            found.append(Violation("/name", "unknown_fault", text, "C-FAULTS"))
        return found
    if "on" in document and document["on"] not in row.on:
        text = f"The fault {row.name} can be set on {', '.join(row.on)}."
        found.append(Violation("/on", "enum", text, "C-FAULTS"))
    return found + list(_parameter_violations(row, document))


def _parameter_violations(row: Row, document: Mapping[str, Any]) -> Iterator[Violation]:
    known = row.parameters()
    given = {key: value for key, value in document.items() if key not in COMMON}
    for key in given:
        if key not in known:
            takes = f"its parameters are {', '.join(known)}" if known else "it has no parameters"
            text = f"The fault {row.name} knows no such parameter; {takes}."
            yield Violation(pointer((key,)), "additional_properties", text, "C-FAULTS")
    parameters = {key: value for key, value in given.items() if key in known}
    wrong = list(_checked(_shape(row.name), parameters))
    yield from wrong
    if wrong:
        return
    try:
        row.build(parameters)
    except ValueError as error:
        text = str(error)
        yield Violation(pointer((text.partition(" ")[0],)), "range", f"{text[0].upper()}{text[1:]}.", "C-FAULTS")


def _checked(shape: type[BaseModel], document: Mapping[str, Any]) -> Iterator[Violation]:
    try:
        shape.model_validate(document)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False, include_input=False):
            place = [part for part in each["loc"][:1] if isinstance(part, str)]
            yield violation(pointer(place), each["type"], each["msg"])


@cache
def _shape(name: str) -> type[BaseModel]:
    """The parameters of a fault as a pydantic model."""
    fault = TABLE[name].type()
    hints = get_type_hints(fault)
    members: Any = {field.name: (hints[field.name], field.default) for field in fields(fault)}  # type: ignore[arg-type]
    return create_model(name, __config__=ConfigDict(extra="forbid", strict=True, allow_inf_nan=False), **members)


def rule_of(document: Mapping[str, Any], fault_id: str, now_ms: int) -> Rule:
    """The rule that a checked document describes."""
    row = TABLE[document["name"]]
    given = shapes.FaultRule.model_validate({key: value for key, value in document.items() if key in COMMON})
    return Rule(
        fault_id=fault_id,
        name=row.name,
        on=given.on or row.on[0],
        parameters={key: value for key, value in document.items() if key not in COMMON},
        times=given.times if "times" in document else row.times,
        after=given.after,
        probability=given.probability,
        ttl_s=given.ttl_s,
        expires_at_ms=None if given.ttl_s is None else now_ms + round(given.ttl_s * 1000),
        task=given.task,
        attempt=given.attempt,
        waits=row.waits,
    )


def next_number(account: Account) -> int:
    """The number of the next rule: ids are the same in equal lives, for a rule's chance is seeded by its id."""
    return 1 + max((int(rule.fault_id.rpartition("_")[2]) for rule in account.faults), default=0)
