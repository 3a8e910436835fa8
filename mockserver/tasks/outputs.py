"""The files of a succeeded task: found by their URL, made when first asked for (D-OUTPUT, API.md §10)."""

from functools import partial
from typing import TYPE_CHECKING

import orjson

from mockserver import models
from mockserver.accounts import Account
from mockserver.lifecycle import state_at
from mockserver.media import data_uri
from mockserver.models import OutputFile
from mockserver.pointers import at
from mockserver.problems import Problem
from mockserver.records import MediaFacts, Task
from mockserver.tasks import Service
from mockserver.tasks.references import NAMED_PATH, place_of

if TYPE_CHECKING:
    from mockserver.media.outputs import OutputSpec

NO_SUCH_FILE = Problem("not_found", "There is no such file: take the URL from the output of a succeeded task.")


async def output_bytes(service: Service, task: Task, account: Account, index: int, now_ms: int) -> bytes | Problem:
    """One output file, the same bytes each time; 404 before the task has succeeded, 403 after `output_ttl_s`."""
    state = state_at(task, now_ms)
    if state.status != "succeeded" or index >= task.files:
        return NO_SUCH_FILE
    ttl_s = account.dialect.output_ttl_s
    if ttl_s is not None and now_ms >= state.at_ms + ttl_s * 1000:
        text = f"This URL has expired: outputs are kept for {ttl_s:g} s after the task's end."
        return Problem("output_expired", text, settings=("output_ttl_s",))
    name = f"{task.account_id}/{task.task_id}/{index}"
    return await service.workshop.output(name, partial(_spec, service, task, index))


async def _spec(service: Service, task: Task, index: int) -> "OutputSpec":
    from mockserver.media.outputs import OutputSpec

    document = orjson.loads(task.body)
    model = models.get(task.model)
    assert model is not None
    facts = dict(task.media)
    file: OutputFile = model.output_files(document["input"], facts)[index]
    return OutputSpec(
        kind=file.kind,
        width=file.width,
        height=file.height,
        duration_us=file.duration_us or 0,
        sound=file.sound,
        watermark=file.watermark,
        picture=await _content(service, task, document, facts, file.picture_at),
        sound_source=await _content(service, task, document, facts, file.sound_at),
        label=f"{task.model} {task.task_id} {index}",
    )


async def _content(
    service: Service, task: Task, document: object, facts: dict[str, MediaFacts], pointer: str | None
) -> bytes | None:
    """The bytes a reference had when the task was created, where there were any."""
    known = facts.get(pointer) if pointer else None
    url = at(document, pointer) if pointer else None
    if known is None or known.digest is None or not isinstance(url, str):
        return None
    if url[:5].lower() == "data:":
        parsed = data_uri.parse(url)
        return None if isinstance(parsed, str) else parsed[1]
    kept = await service.store.blob(task.account_id, known.digest)
    if kept is not None:
        return kept
    place = place_of(url)
    return await service.workshop.named(place[1].removeprefix(NAMED_PATH)) if place else None
