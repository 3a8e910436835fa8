"""The files of a succeeded task hold what its references held (API.md §10)."""

from dataclasses import replace

import pytest

from mockserver.media import probe
from mockserver.media.outputs import OutputSpec, make
from mockserver.problems import Problem
from mockserver.records import MediaFacts, Registered
from mockserver.settings import Settings
from mockserver.tasks.outputs import NO_SUCH_FILE, output_bytes
from tests.asgi import HOST, INPUT, MODEL, Caller, dialect, kling
from tests.media_files import data_uri, named

IMAGE = "ref-image-64x48.png"
VIDEO = "ref-video-3s-96x64.mp4"
SPEC = OutputSpec("video", 1280, 720, 3_000_000, picture=named(IMAGE), sound_source=named(VIDEO))

INSTANT = Settings(timing="instant")


async def output(caller: Caller, task_id: str, index: int = 0) -> bytes | Problem:
    """The file as it is now."""
    account = await caller.account()
    task = await caller.store.task(account.account_id, task_id)
    assert task is not None
    return await output_bytes(caller.service, task, account, index, account.now_ms(caller.wall_ms))


@pytest.mark.clause("M-OUTPUT-VIDEO", "M-OUTPUT-URL")
@pytest.mark.parametrize("source", ["inline", "named", "registered"])
async def test_the_references_are_seen_and_heard(source: str) -> None:
    """Wherever their bytes came from; the same file each time, also when it has to be made again."""
    caller = Caller(INSTANT)
    urls = {"image_url": f"http://{HOST}/_mock/media/{IMAGE}", "video_url": f"http://{HOST}/_mock/media/{VIDEO}"}
    if source == "inline":
        urls = {"image_url": data_uri(IMAGE), "video_url": data_uri(VIDEO)}
    if source == "registered":
        urls = {"image_url": INPUT["image_url"], "video_url": INPUT["video_url"]}
        account_id = (await caller.account()).account_id
        for url, name in ((INPUT["image_url"], IMAGE), (INPUT["video_url"], VIDEO)):
            facts = await probe.probe_async(named(name), "image" if name == IMAGE else "video")
            assert isinstance(facts, MediaFacts)
            await caller.store.put_media(account_id, Registered(url, facts, named(name)))
    task_id = await caller.made(kling(**urls))
    content = await output(caller, task_id)
    assert content == make(replace(SPEC, label=f"{MODEL} {task_id} 0"))
    again = Caller(INSTANT, caller.store)
    assert await output(again, task_id) == content


@pytest.mark.clause("M-OUTPUT-VIDEO")
async def test_what_the_input_says_of_the_output() -> None:
    """No sound where none is to be kept, a watermark where one is wanted, 1080 lines for `pro`."""
    caller = Caller(INSTANT)
    body = kling(
        mode="pro",
        keep_original_sound="no",
        watermark_info={"enabled": True},
        image_url=data_uri(IMAGE),
        video_url=data_uri(VIDEO),
    )
    task_id = await caller.made(body)
    spec = replace(SPEC, width=1920, height=1080, sound=False, watermark=True, sound_source=None)
    made = await output(caller, task_id)
    assert isinstance(made, bytes)
    facts = await probe.probe_async(made, "video")
    assert isinstance(facts, MediaFacts)
    assert (facts.width, facts.height, facts.has_sound) == (1920, 1080, False)
    assert made == make(replace(spec, label=f"{MODEL} {task_id} 0"))


@pytest.mark.clause("M-OUTPUT-VIDEO", "M-ASSUMED")
async def test_assumed_references_give_a_placeholder() -> None:
    """Of the assumed length: eight seconds for the example of the page."""
    caller = Caller(INSTANT)
    task_id = await caller.made()
    made = await output(caller, task_id)
    assert isinstance(made, bytes)
    facts = await probe.probe_async(made, "video")
    assert isinstance(facts, MediaFacts)
    assert facts.duration_us is not None
    assert abs(facts.duration_us - 8_000_000) <= 100_000


@pytest.mark.clause("M-OUTPUT-VIDEO")
async def test_a_reference_whose_bytes_are_not_kept() -> None:
    """Facts alone make a file of that length, with invented picture."""
    caller = Caller(INSTANT)
    account_id = (await caller.account()).account_id
    facts = MediaFacts("video", "probed", duration_us=3_000_000, width=96, height=64, digest="gone", has_sound=True)
    await caller.store.put_media(account_id, Registered(INPUT["video_url"], facts))
    task_id = await caller.made()
    made = await output(caller, task_id)
    assert made == make(replace(SPEC, picture=None, sound_source=None, label=f"{MODEL} {task_id} 0"))


@pytest.mark.clause("M-OUTPUT-IMAGE", "D-OUTPUT")
async def test_images() -> None:
    """As many PNGs as were asked for, each a picture of its own; one more is not there."""
    caller = Caller(INSTANT)
    task_id = await caller.made({"model": "wan2-7-image", "input": {"prompt": "a", "n": 2, "size": "16:9"}})
    files = [await output(caller, task_id, index) for index in (0, 1)]
    for content in files:
        assert isinstance(content, bytes)
        facts = await probe.probe_async(content, "image")
        assert isinstance(facts, MediaFacts)
        assert (facts.container, facts.width, facts.height) == ("png", 1024, 576)
    assert files[0] != files[1]
    assert await output(caller, task_id, 2) == NO_SUCH_FILE


@pytest.mark.clause("D-OUTPUT")
@pytest.mark.parametrize("prompt", ["[mock:failed]", "[mock:cancelled]", "[mock:stuck]"])
async def test_only_a_succeeded_task_has_files(prompt: str) -> None:
    """Before its end there is nothing; after a failure neither."""
    caller = Caller()
    plain, other = await caller.made(), await caller.made(kling(prompt=prompt))
    assert await output(caller, plain) == NO_SUCH_FILE
    caller.advance(3)
    assert isinstance(await output(caller, plain), bytes)
    assert await output(caller, other) == NO_SUCH_FILE


@pytest.mark.clause("A-OUTPUT-TTL")
async def test_outputs_expire() -> None:
    """403 once `output_ttl_s` has passed since the end of the task; a millisecond earlier not."""
    caller = Caller(Settings(dialect=dialect(output_ttl_s=1.5)))
    task_id = await caller.made()
    caller.advance(2.5 + 1.499)
    assert isinstance(await output(caller, task_id), bytes)
    caller.advance(0.001)
    expired = await output(caller, task_id)
    assert isinstance(expired, Problem)
    assert (expired.refusal.status, expired.settings) == (403, ("output_ttl_s",))
    assert "1.5 s" in expired.message
    await caller.set_dialect(output_ttl_s="never")
    assert isinstance(await output(caller, task_id), bytes)
