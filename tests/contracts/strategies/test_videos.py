"""Reference videos are what they say, and the server takes those it should."""

import pytest
from hypothesis import given, settings

from contracts.strategies import ReferenceVideo, reference_videos
from mockserver import models
from mockserver.media import names, probe, synth
from mockserver.records import MediaFacts
from tests.asgi import Caller, kling
from tests.contracts.strategies.drawing import simplest, some

LENGTHS_MS = {
    "image": {2999: False, 3000: True, 3001: True, 9999: True, 10_000: True, 10_001: False},
    "video": {2999: False, 3000: True, 3001: True, 29_999: True, 30_000: True, 30_001: False},
}
CASES = [(orientation, length_ms) for orientation, lengths in LENGTHS_MS.items() for length_ms in lengths]


async def judged(video: ReferenceVideo) -> None:
    """Each model of the video takes it, or refuses it, as its field says, after a look at its bytes."""
    for slug in video.models:
        given = kling(character_orientation=video.orientation, video_url=video.data_uri)["input"]
        reply = await Caller().create({"model": slug, "input": given})
        if video.is_accepted:
            assert reply.status == 200
        else:
            assert (reply.status, reply.code) == (400, "invalid_duration")


@pytest.mark.clause("D-DURATION")
@settings(max_examples=20)
@given(reference_videos())
async def test_every_video_is_what_it_says(video: ReferenceVideo) -> None:
    """A real MP4 of exactly that length, accepted or refused as it tells."""
    facts = probe.probe(video.content, "video")
    assert isinstance(facts, MediaFacts)
    assert (facts.container, facts.duration_us) == ("mp4", video.duration_ms * 1000)
    assert (facts.width, facts.height, facts.has_sound) == (*video.size_px, True)
    assert synth.named(names.parse(video.name) or pytest.fail(video.name)) == video.content
    assert LENGTHS_MS[video.orientation][video.duration_ms] is video.is_accepted
    assert video.bounds_ms[0] <= video.duration_ms <= video.bounds_ms[1] or not video.is_accepted
    await judged(video)


@pytest.mark.clause("D-DURATION")
@pytest.mark.parametrize(("orientation", "length_ms"), CASES)
async def test_every_bound_comes_up(orientation: str, length_ms: int) -> None:
    """On each bound, 1 ms inside and 1 ms outside of it, and each is judged as it should be."""
    video = next(video for video in some(reference_videos(orientation)) if video.duration_ms == length_ms)
    assert video.is_accepted is LENGTHS_MS[orientation][length_ms]
    await judged(video)


def test_no_other_models_have_such_rules() -> None:
    """Every model with a rule on the length is among those that the videos are for."""
    with_rules = {slug for slug in models.slugs() if (model := models.get(slug)) and model.document["rules"]}
    for orientation in LENGTHS_MS:
        video = simplest(reference_videos(orientation))
        assert set(video.models) == with_rules


@pytest.mark.parametrize("orientation", [None, "image", "video"])
def test_the_simplest_is_the_shortest_that_is_allowed(orientation: str | None) -> None:
    """What shrinking ends at is three seconds long, square, and good."""
    video = simplest(reference_videos(orientation))
    facts = probe.probe(video.content, "video")
    assert isinstance(facts, MediaFacts)
    assert (video.orientation, video.duration_ms, video.is_accepted) == (orientation or "image", 3000, True)
    assert (facts.width, facts.height) == (360, 360)
    assert len(repr(video)) < 300


def test_unknown_orientations() -> None:
    """A value that no rule knows is told at once."""
    with pytest.raises(ValueError, match="no rule knows the orientation 'upright'; there are image, video"):
        reference_videos("upright")
