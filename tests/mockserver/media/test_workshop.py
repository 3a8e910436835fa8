"""Files made once."""

import asyncio
import subprocess
import sys

import pytest

from mockserver.media import names, synth
from mockserver.media.outputs import OutputSpec
from mockserver.media.workshop import Workshop
from tests.mockserver.media import samples

NAME = "ref-video-0.5s-32x32.mp4"
SPEC = OutputSpec("image", 16, 16, label="a")


def test_import_is_cheap() -> None:
    """Importing everything here brings in neither PyAV nor numpy."""
    modules = "probe, names, synth, outputs, fetch, workshop, data_uri, assumed, upstream, picture, sound"
    program = f"import sys\nfrom mockserver.media import {modules}\nprint({{'av', 'numpy'}} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


@pytest.mark.clause("M-NAMED")
async def test_named() -> None:
    """A named file comes with its bytes and its probed facts; a name that is none has neither."""
    workshop = Workshop()
    assert await workshop.named(NAME) == samples.named(NAME)
    facts = await workshop.named_facts(NAME)
    assert facts is not None
    assert (facts.duration_us, facts.source) == (500_000, "probed")
    assert await workshop.named_facts(NAME) is facts
    assert await workshop.named("ref-video-99s.mp4") is None
    assert await workshop.named_facts("ref-video-99s.mp4") is None


async def test_once() -> None:
    """Equal requests at one time, and later ones, share one making."""
    workshop, asked = Workshop(), 0

    async def spec() -> OutputSpec:
        nonlocal asked
        asked += 1
        return SPEC

    made = await asyncio.gather(*(workshop.output("key", spec) for _ in range(10)))
    made.append(await workshop.output("key", spec))
    assert asked == 1
    assert len(set(map(id, made))) == 1


async def test_failure_is_not_kept() -> None:
    """A making that fails fails for all who wait for it, and is tried again by the next."""
    workshop, failing = Workshop(), True

    async def spec() -> OutputSpec:
        if failing:
            raise LookupError("gone")
        return SPEC

    outcomes = await asyncio.gather(*(workshop.output("key", spec) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError] * 3
    failing = False
    assert (await workshop.output("key", spec)).startswith(b"\x89PNG")


async def test_cancelled_caller() -> None:
    """A caller that goes away takes nothing from those who wait for the same file."""
    workshop, started, go_on = Workshop(), asyncio.Event(), asyncio.Event()

    async def spec() -> OutputSpec:
        started.set()
        await go_on.wait()
        return SPEC

    first = asyncio.create_task(workshop.output("key", spec))
    await started.wait()
    second = asyncio.create_task(workshop.output("key", spec))
    first.cancel()
    go_on.set()
    assert (await second).startswith(b"\x89PNG")
    assert first.cancelled()


async def test_bounded() -> None:
    """What does not fit is made anew: the cache never holds more than it may."""
    workshop, asked = Workshop(max_cache_bytes=10), 0

    async def spec() -> OutputSpec:
        nonlocal asked
        asked += 1
        return SPEC

    assert await workshop.output("key", spec) == await workshop.output("key", spec)
    assert asked == 2


async def test_loop_stays_free() -> None:
    """While a large file is made the event loop goes on turning."""
    media = names.parse("ref-image-3000x3000.png")
    assert media is not None
    making = asyncio.create_task(Workshop().named(media.name))
    turns = 0
    while not making.done():
        await asyncio.wait([making], timeout=0.001)
        turns += 1
    assert turns > 3
    assert await making == synth.named(media)
