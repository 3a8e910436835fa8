"""`GET /outputs/{account}/{task_id}/{n}.mp4|png`: needs no key and holds none (D-OUTPUT)."""

from mockserver.api.request import Request, refuse
from mockserver.http import Answer, File, file_answer
from mockserver.problems import Problem
from mockserver.records import Why
from mockserver.tasks.outputs import NO_SUCH_FILE, output_bytes
from mockserver.wire.task import EXTENSIONS

MEDIA_TYPES = {"videos": "video/mp4", "images": "image/png"}
DOWNLOAD_WHY = Why("D-OUTPUT", "The file of a succeeded task.", ("output_ttl_s",))

BEYOND = Problem("range_not_satisfiable", "No byte of the file lies in the range asked for: see Content-Range.")


async def download(request: Request) -> Answer:
    """The file, whole or in part; journalled at the account that owns the task."""
    place, store = request.draft.place, request.service.store
    assert place is not None
    account = await store.account(place.account_id) if place.account_id else None
    if account is None:
        return refuse(request, None, NO_SUCH_FILE)
    task = await store.task(account.account_id, place.task_id)
    if task is None or EXTENSIONS[task.output] != place.ending:
        return refuse(request, account, NO_SUCH_FILE)
    request.enter(account)
    request.draft.task_id = task.task_id
    now_ms = account.now_ms(request.service.wall_ms())
    content = await output_bytes(request.service, task, account, place.index, now_ms)
    if isinstance(content, Problem):
        return refuse(request, account, content)
    request.draft.why = DOWNLOAD_WHY
    file, is_head = File(content, MEDIA_TYPES[task.output]), request.scope["method"] == "HEAD"
    answer = file_answer(file, request.draft.headers, is_head=is_head)
    if answer.status != 416:
        return answer
    refused = refuse(request, account, BEYOND)
    refused.headers += answer.headers
    return refused
