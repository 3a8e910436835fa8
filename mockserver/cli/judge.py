"""`mindvideo-mock validate`: a body, judged as a server would, and on beyond the first check that refuses it.

The body goes through the whole server in this process, without a socket. What a server says only once everything
before is right (media behind a broken schema, say) is looked at as well, as far as it can be.
"""

import json
from dataclasses import dataclass
from typing import Any

import orjson

from mockserver import models
from mockserver.accounts import account_id_of
from mockserver.app import App
from mockserver.cli import show
from mockserver.cli.inside import ask
from mockserver.dialect import Dialect
from mockserver.records import Exchange, Violation
from mockserver.settings import Settings
from mockserver.tasks.examine import durations
from mockserver.tasks.references import resolve_all

KEY = "mv_live_validate"
HOST = "127.0.0.1:8000"
"""Files that a server on the default port would make itself are known, too."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a create with this body would be answered, and everything that is wrong with it."""

    status: int
    violations: tuple[Violation, ...]
    assumed: tuple[str, ...]
    answer: dict[str, Any]

    @property
    def is_valid(self) -> bool:
        return not self.violations

    @property
    def end(self) -> str:
        """What would become of a create, in words."""
        late = ", and its task would fail" if self.status < 300 and not self.is_valid else ""
        return f"a create would be answered {self.status}{late}"


async def judge(body: bytes, dialect: Dialect) -> Verdict:
    """The verdict on a body; nothing is fetched."""
    app = App(Settings(dialect=dialect))
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json", "host": HOST}
    answer = await ask(app, "POST", "/api/v1/tasks", body, headers)
    page = await app.store.exchanges(account_id_of(KEY), 0)
    exchange: Exchange = page.exchanges[-1][1]
    status, why = exchange.status or 500, exchange.why
    told = why.details if status >= 300 else ()
    if status >= 300 and not told:
        told = (Violation("", "refused", why.summary, why.clause),)
    known = {(each.param, each.code) for each in told}
    further = [each for each in await _further(app, body, dialect) if (each.param, each.code) not in known]
    return Verdict(status, (*told, *further), exchange.assumed, json.loads(answer))


async def _further(app: App, body: bytes, dialect: Dialect) -> list[Violation]:
    """What is wrong with schema, media and durations, each looked at whatever the others say."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    slug, given = (document.get("model"), document.get("input")) if isinstance(document, dict) else (None, None)
    model = models.get(slug) if isinstance(slug, str) else None
    if model is None or not isinstance(given, dict):
        return []
    upstream = dialect.media_rules == "upstream"
    found = model.violations(given, upstream=upstream)
    facts = await resolve_all(app.service, account_id_of(KEY), _hosts, model, given, upstream=upstream)
    if isinstance(facts, list):
        return found + facts
    return found + durations(model, given, facts, dialect.duration_tolerance_ms)


def _hosts() -> frozenset[str]:
    return frozenset({HOST})


def report(verdict: Verdict, *, is_json: bool) -> None:
    """The verdict, for people or for programs."""
    if is_json:
        violations = [
            {"param": each.param, "code": each.code, "message": each.message, "clause": each.clause}
            for each in verdict.violations
        ]
        told = {"valid": verdict.is_valid, "status": verdict.status, "violations": violations}
        show.json({**told, "assumed": list(verdict.assumed), "cost_estimate": verdict.answer.get("cost_estimate")})
        return
    if not verdict.is_valid:
        rows = [(each.param or "(body)", each.clause, each.message) for each in verdict.violations]
        show.table(("WHERE", "CLAUSE", "WHAT"), rows)
        print(f"\ninvalid: {verdict.end}")
        return
    assumed = f", {' and '.join(verdict.assumed)} assumed" if verdict.assumed else ""
    print(f"valid: {verdict.end}, cost_estimate {verdict.answer['cost_estimate']}{assumed}")
