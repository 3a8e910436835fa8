"""An account's time."""

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from mockserver.accounts import Account
from mockserver.control import answers, shapes
from mockserver.control.intake import Sent
from mockserver.control.refusal import granted
from mockserver.control.route import ACCOUNT, Named, Route, Serving, shown
from mockserver.problems import Problem
from mockserver.tasks import Service
from mockserver.tasks.clock import advance, advance_to_end, advance_to_next, set_clock
from mockserver.wire.control import account as accounts


def _shown(service: Service, account: Account) -> Response:
    return shown(accounts.clock(account, account.now_ms(service.wall_ms())))


async def read_clock(service: Serving, account: Named) -> Response:
    """The account's time, and how it runs."""
    return _shown(service, account)


async def change_clock(
    service: Serving, account: Named, body: Annotated[shapes.Clock, Depends(Sent(shapes.Clock))]
) -> Response:
    """Change how time runs, or what time it is; what is left out stays."""
    return _shown(service, granted(await set_clock(service, account.account_id, body.mode, body.speed, body.now)))


async def advance_clock(
    service: Serving, account: Named, body: Annotated[shapes.Advance, Depends(Sent(shapes.Advance))]
) -> Response:
    """Let time pass: so many seconds, to the next change of any task, or to the end of one task or of all."""
    return _shown(service, granted(await _advanced(service, account.account_id, body)))


async def _advanced(service: Service, account_id: str, body: shapes.Advance) -> Account | Problem | None:
    if body.seconds is not None:
        return await advance(service, account_id, round(body.seconds * 1000))
    if body.until == "next":
        return await advance_to_next(service, account_id)
    return await advance_to_end(service, account_id, body.until_task)


ROUTES = (
    Route("GET", f"{ACCOUNT}/clock", read_clock, answers.Clock),
    Route("PATCH", f"{ACCOUNT}/clock", change_clock, answers.Clock),
    Route("POST", f"{ACCOUNT}/clock/advance", advance_clock, answers.Clock),
)
