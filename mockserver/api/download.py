"""`GET /outputs/{account}/{task_id}/{n}.mp4|png`: needs no key and holds none (D-OUTPUT)."""

import re

from mockserver.api.request import Request, refuse
from mockserver.http import Answer, File, file_answer
from mockserver.problems import Problem
from mockserver.records import Why
from mockserver.tasks.outputs import NO_SUCH_FILE, output_bytes
from mockserver.wire.task import EXTENSIONS

PREFIX = "/outputs/"
MEDIA_TYPES = {"videos": "video/mp4", "images": "image/png"}
DOWNLOAD_WHY = Why("D-OUTPUT", "The file of a succeeded task.", ("output_ttl_s",))

BEYOND = Problem("range_not_satisfiable", "No byte of the file lies in the range asked for: see Content-Range.")

_PLACE = re.compile(r"/outputs/(acct_[0-9a-z]+)/(task_[0-9a-z]+)/(0|[1-9]\d{0,3})\.(mp4|png)\Z", re.ASCII)


async def download(request: Request) -> Answer:
    """The file, whole or in part; journalled at the account that owns the task."""
    place = _PLACE.match(request.scope["path"])
    store = request.service.store
    account = await store.account(place[1]) if place else None
    if place is None or account is None:
        return refuse(request, None, NO_SUCH_FILE)
    task = await store.task(place[1], place[2])
    if task is None or EXTENSIONS[task.output] != place[4]:
        return refuse(request, account, NO_SUCH_FILE)
    request.enter(account)
    request.draft.task_id = task.task_id
    now_ms = account.now_ms(request.service.wall_ms())
    content = await output_bytes(request.service, task, account, int(place[3]), now_ms)
    if isinstance(content, Problem):
        return refuse(request, account, content)
    request.draft.why = DOWNLOAD_WHY
    file, is_head = File(content, MEDIA_TYPES[task.output]), request.scope["method"] == "HEAD"
    answer = file_answer(file, request.headers, is_head=is_head)
    if answer.status != 416:
        return answer
    refused = refuse(request, account, BEYOND)
    refused.headers += answer.headers
    return refused
