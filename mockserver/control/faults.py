"""The fault rules of an account (HARNESS.md §2)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends
from starlette.responses import Response

from mockserver.accounts import Account
from mockserver.control import answers, shapes
from mockserver.control.fault_rules import next_number, rule_of, violations
from mockserver.control.intake import Sent
from mockserver.control.refusal import Refused, granted
from mockserver.control.route import ACCOUNT, Named, Route, Serving, done, shown
from mockserver.problems import Problem
from mockserver.records import Rule, Violation
from mockserver.tasks import dashboard
from mockserver.wire.control.faults import rule as rendered

FAULT_NOT_FOUND = Problem("fault_not_found", "This account has no such fault rule.")


def rule_violations(document: dict[str, Any]) -> Iterable[Violation]:
    """What is wrong with the body of one rule."""
    return violations(document)


def rules_violations(document: dict[str, Any]) -> Iterable[Violation]:
    """What is wrong with the `faults` of a new account."""
    given = document.get("faults")
    for index, each in enumerate(given if isinstance(given, list) else ()):
        for found in violations(each) if isinstance(each, dict) else ():
            yield replace(found, param=f"/faults/{index}{found.param}")


def rules_of(documents: Iterable[dict[str, Any]], now_ms: int) -> tuple[Rule, ...]:
    """The rules of a new account."""
    return tuple(rule_of(each, f"fault_{number}", now_ms) for number, each in enumerate(documents, 1))


async def add_fault(
    service: Serving, account: Named, body: Annotated[shapes.Rule, Depends(Sent(shapes.Rule, also=rule_violations))]
) -> Response:
    """Set one more rule, after those there are."""
    made: list[Rule] = []

    def add(known: Account) -> Account:
        now_ms = known.now_ms(service.wall_ms())
        made[:] = [rule_of(body.root, f"fault_{next_number(known)}", now_ms)]
        return replace(known, faults=(*known.faults, *made))

    granted(await dashboard.change(service, account.account_id, add))
    return shown(rendered(made[0]), 201)


async def list_faults(account: Named) -> Response:
    """The rules, with how often each has fired."""
    return shown({"faults": [rendered(rule) for rule in account.faults]})


async def remove_faults(service: Serving, account: Named) -> Response:
    """Delete every rule."""
    granted(await dashboard.change(service, account.account_id, lambda known: replace(known, faults=())))
    return done()


async def remove_fault(service: Serving, account: Named, fault_id: str) -> Response:
    """Delete one rule."""
    if all(rule.fault_id != fault_id for rule in account.faults):
        raise Refused(FAULT_NOT_FOUND)

    def remove(known: Account) -> Account:
        return replace(known, faults=tuple(rule for rule in known.faults if rule.fault_id != fault_id))

    granted(await dashboard.change(service, account.account_id, remove))
    return done()


ROUTES = (
    Route("GET", f"{ACCOUNT}/faults", list_faults, answers.Faults),
    Route("POST", f"{ACCOUNT}/faults", add_fault, answers.Fault, 201),
    Route("DELETE", f"{ACCOUNT}/faults", remove_faults, None, 204),
    Route("DELETE", f"{ACCOUNT}/faults/{{fault_id}}", remove_fault, None, 204),
)
