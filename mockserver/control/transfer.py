"""Accounts as files: out of this server, and into it (mockserver/README.md, A snapshot file)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import IO, Annotated

from fastapi import Depends
from starlette.responses import Response, StreamingResponse

from mockserver.archive.draft import Draft
from mockserver.archive.lines import BadArchive, unpacked
from mockserver.archive.moving import Bounds, restore
from mockserver.archive.survey import Summary, survey
from mockserver.control import answers, shapes
from mockserver.control.intake import Asked, Uploaded, invalid
from mockserver.control.refusal import Refused, granted
from mockserver.control.route import ACCOUNT, JSON_LINES, Named, Route, Serving, shown
from mockserver.records import Violation
from mockserver.settings import MIB
from mockserver.tasks import Service

MAX_BODY_BYTES = 4096 * MIB


async def export_account(service: Serving, account: Named) -> Response:
    """All that the account owns but its journal, with its time stopped, as a snapshot file; it holds the API keys."""
    draft = Draft()
    with ExitStack() as undo:
        undo.callback(draft.close)
        granted(await service.store.export(account.account_id, service.wall_ms(), draft.add) or None)
        undo.pop_all()
    named = {"content-disposition": f'attachment; filename="{account.account_id}.jsonl"'}
    return StreamingResponse(_poured(draft), media_type=JSON_LINES, headers=named)


async def _poured(draft: Draft) -> AsyncIterator[bytes]:
    try:
        for chunk in draft.chunks():
            yield chunk
    finally:
        draft.close()


async def import_accounts(
    service: Serving,
    query: Annotated[shapes.ImportQuery, Depends(Asked(shapes.ImportQuery))],
    body: Annotated[IO[bytes], Depends(Uploaded(JSON_LINES, MAX_BODY_BYTES))],
) -> Response:
    """Own the accounts of a snapshot file; it is looked at whole before anything changes."""
    with body:
        try:
            found = await _restored(service, unpacked(body), replace=query.replace)
        except BadArchive as error:
            text = f"Line {error.line}: {error.message}."
            raise invalid([Violation(error.param, "snapshot_file", text, "C-IMPORT")]) from error
    return shown({"accounts": [_shown(each) for each in found]})


async def _restored(service: Service, file: IO[bytes], *, replace: bool) -> list[Summary]:
    found = await asyncio.to_thread(survey, file)
    bounds = Bounds(service.settings.snapshot_limit, service.settings.media_limit_mb * MIB)
    problem = await restore(service.store, file, found, service.wall_ms(), replace=replace, bounds=bounds)
    if problem is not None:
        raise Refused(problem)
    return found


def _shown(each: Summary) -> dict[str, object]:
    return {
        "account": each.account_id,
        "keys": len(each.keys),
        "tasks": each.task_count,
        "snapshots": each.snapshot_count,
    }


ROUTES = (
    Route("GET", f"{ACCOUNT}/export", export_account, JSON_LINES),
    Route("POST", "/_mock/import", import_accounts, answers.Imported),
)
