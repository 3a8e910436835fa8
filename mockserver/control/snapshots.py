"""Save, go back, branch, start over."""

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from mockserver.control import answers, shapes
from mockserver.control.intake import Sent
from mockserver.control.refusal import ACCOUNT_NOT_FOUND, Refused, granted
from mockserver.control.route import ACCOUNT, Named, Route, Serving, done, shown
from mockserver.problems import Problem
from mockserver.tasks.dashboard import new_account_id, new_key_text

SNAPSHOT_NOT_FOUND = Problem("snapshot_not_found", "This account has no such snapshot.")


async def take_snapshot(service: Serving, account: Named) -> Response:
    """Keep all that the account owns, but its keys and journal."""
    snapshot_id = f"snap_{service.token()}"
    _must(await service.store.snapshot(account.account_id, snapshot_id, service.wall_ms()))
    return shown({"snapshot": snapshot_id}, 201)


async def restore_snapshot(
    service: Serving, account: Named, body: Annotated[shapes.Snapshot, Depends(Sent(shapes.Snapshot))]
) -> Response:
    """Go back to a snapshot, its time included; it can be done again."""
    restored = await service.store.restore(account.account_id, body.snapshot, service.wall_ms())
    if not granted(restored):
        raise Refused(SNAPSHOT_NOT_FOUND)
    return done()


async def fork_account(service: Serving, account: Named) -> Response:
    """Make a new account that owns a copy of everything; nothing is shared afterwards."""
    fork_id, key = new_account_id(service), new_key_text(service)
    _must(await service.store.fork(account.account_id, fork_id, key, service.wall_ms()))
    return shown({"account": fork_id, "key": key}, 201)


async def reset_account(service: Serving, account: Named) -> Response:
    """Forget tasks, journal, money spent and idempotency records; keys, dialect and clock stay."""
    _must(await service.store.reset(account.account_id))
    return done()


def _must(is_there: bool | None) -> None:
    if not is_there:
        raise Refused(ACCOUNT_NOT_FOUND)


ROUTES = (
    Route("POST", f"{ACCOUNT}/snapshot", take_snapshot, answers.Snapshot, 201),
    Route("POST", f"{ACCOUNT}/restore", restore_snapshot, None, 204),
    Route("POST", f"{ACCOUNT}/fork", fork_account, answers.NewAccount, 201),
    Route("POST", f"{ACCOUNT}/reset", reset_account, None, 204),
)
