"""Save, go back, branch, start over."""

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from mockserver.control import answers, shapes
from mockserver.control.intake import Sent
from mockserver.control.refusal import ACCOUNT_NOT_FOUND, Refused, granted
from mockserver.control.route import ACCOUNT, Named, Route, Serving, done, shown
from mockserver.problems import Problem
from mockserver.records import Violation
from mockserver.tasks import Service
from mockserver.tasks.dashboard import new_account_id, new_key_text
from mockserver.wire.control import account as accounts

SNAPSHOT_NOT_FOUND = Problem("snapshot_not_found", "This account has no such snapshot.")


async def take_snapshot(service: Serving, account: Named) -> Response:
    """Keep all that the account owns, but its keys and journal."""
    snapshot_id = f"snap_{service.token()}"
    if not granted(await service.store.snapshot(account.account_id, snapshot_id, service.wall_ms())):
        raise Refused(_too_many(service))
    return shown({"snapshot": snapshot_id}, 201)


def _too_many(service: Service) -> Problem:
    text = (
        f"The account has {service.settings.snapshot_limit} snapshots, as many as it may: delete one "
        "(DELETE …/snapshots/{snapshot}), or start the server with a higher --snapshot-limit."
    )
    return Problem("snapshot_limit", text, (Violation("/snapshots", "too_many", text, "C-SNAPSHOT"),))


async def list_snapshots(service: Serving, account: Named) -> Response:
    """The snapshots of the account, in the order in which they were taken."""
    found = await service.store.snapshots(account.account_id)
    return shown({"snapshots": [accounts.snapshot(saved) for saved in found]})


async def delete_snapshot(service: Serving, account: Named, snapshot: str) -> Response:
    """Forget a snapshot."""
    if not granted(await service.store.drop_snapshot(account.account_id, snapshot)):
        raise Refused(SNAPSHOT_NOT_FOUND)
    return done()


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


def _must(is_there: bool) -> None:
    if not is_there:
        raise Refused(ACCOUNT_NOT_FOUND)


ROUTES = (
    Route("POST", f"{ACCOUNT}/snapshot", take_snapshot, answers.Snapshot, 201),
    Route("GET", f"{ACCOUNT}/snapshots", list_snapshots, answers.Snapshots),
    Route("DELETE", f"{ACCOUNT}/snapshots/{{snapshot}}", delete_snapshot, None, 204),
    Route("POST", f"{ACCOUNT}/restore", restore_snapshot, None, 204),
    Route("POST", f"{ACCOUNT}/fork", fork_account, answers.NewAccount, 201),
    Route("POST", f"{ACCOUNT}/reset", reset_account, None, 204),
)
