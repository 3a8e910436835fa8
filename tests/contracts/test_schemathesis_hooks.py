"""What leaves Schemathesis has real files in it, and is malformed only where it is meant to be."""

import json
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CaseMetadata, CoverageScenario, GenerationInfo, PhaseInfo
from schemathesis.hooks import get_all_by_name

from contracts import schemathesis_hooks as hooks
from mockserver import models
from mockserver.media import data_uri, probe
from mockserver.records import Kind, MediaFacts
from tests.serving import ROOT

MOTION = "kling-v3-motion-control"
MADE_UP = ("data:,", "DATA:a/b;x=y,%20", "data:;base64,AAAA", "data:video/mp4,z")
Json = dict[str, Any]


def motion(orientation: str, video_url: object, image_url: object = "https://a.example/i.png") -> Json:
    given = {"character_orientation": orientation, "mode": "std", "image_url": image_url, "video_url": video_url}
    return {"model": MOTION, "input": given}


def facts(reference: str, kind: Kind) -> MediaFacts:
    """What the server finds in a reference that must be a whole `data:` URI."""
    parsed = data_uri.parse(reference)
    assert not isinstance(parsed, str)
    found = probe.probe(parsed[1], kind)
    assert isinstance(found, MediaFacts)
    return found


@pytest.mark.parametrize("text", MADE_UP)
@pytest.mark.parametrize(("orientation", "longest_us"), [("image", 10_000_000), ("video", 30_000_000)])
def test_made_up_data_is_replaced(text: str, orientation: str, longest_us: int) -> None:
    """A well-formed `data:` URI becomes a real image or a real video, whose length the orientation allows."""
    given = motion(orientation, text, text)
    before = deepcopy(given)
    sent = hooks.with_real_media(given)["input"]
    assert given == before
    assert facts(sent["image_url"], "image").container == "png"
    video = facts(sent["video_url"], "video")
    assert video.container == "mp4"
    assert video.duration_us is not None
    assert 3_000_000 <= video.duration_us <= longest_us
    assert sent | {"image_url": text, "video_url": text} == given["input"]


def test_every_length_comes_up() -> None:
    """The bounds themselves are among the lengths, and the same text brings the same file."""
    texts = [f"data:,{number}" for number in range(40)]
    lengths = [facts(hooks.file_for(text, "video", (3000, 30_000)), "video").duration_us for text in texts]
    assert set(lengths) == {3_000_000, 5_000_000, 10_000_000, 30_000_000}
    assert hooks.file_for("data:,1", "video", (3000, 10_000)) == hooks.file_for("data:,1", "video", (3000, 10_000))


def test_lists_and_members_of_items() -> None:
    """References in lists and in objects in lists are replaced in their places, and nothing beside them."""
    images = ["data:,", "https://a.example/i.png", "data:,x"]
    given = {"prompt": "data:,", "image_urls": images, "image_with_roles": [{"role": "reference", "url": "data:,"}]}
    sent = hooks.with_real_media({"model": "kling-v3-omni", "input": given, "surplus": 1})
    assert sent["surplus"] == 1
    assert sent["input"]["prompt"] == "data:,"
    assert sent["input"]["image_urls"][1] == "https://a.example/i.png"
    (role,) = sent["input"]["image_with_roles"]
    for reference in (sent["input"]["image_urls"][0], sent["input"]["image_urls"][2], role["url"]):
        assert facts(reference, "image").kind == "image"


@pytest.mark.parametrize("slug", models.slugs())
def test_every_model_takes_what_is_sent(slug: str) -> None:
    """Whatever a model's input allows, there is a file whose length fits, and the example stays as it is."""
    model = models.get(slug)
    assert model is not None
    bounds = [tuple(each) for rule in model.document["rules"] for each in rule["bounds_ms"].values()]
    for shortest_ms, longest_ms in bounds:
        assert any(shortest_ms <= length_ms <= longest_ms for length_ms in hooks.VIDEOS)
    body = {"model": slug, "input": model.example_input}
    assert hooks.with_real_media(body) is body


@pytest.mark.parametrize(
    ("orientation", "url", "is_kept"),
    [
        ("image", "https://a.example/v-3s.mp4", True),
        ("image", "https://a.example/v-2.9s.mp4", False),
        ("image", "https://a.example/v-10.1s.mp4", False),
        ("video", "https://a.example/v-10.1s.mp4", True),
        ("video", "https://a.example/v-31s.mp4", False),
        ("neither", "https://a.example/v-31s.mp4", False),
        ("image", "https://a.example/v.mp4", True),
    ],
)
def test_lengths_in_names(orientation: str, url: str, is_kept: bool) -> None:
    """A hosted video is left alone unless its name tells a length that would be refused."""
    sent = hooks.with_real_media(motion(orientation, url))["input"]["video_url"]
    assert (sent == url) is is_kept
    assert is_kept or facts(sent, "video").kind == "video"


@pytest.mark.parametrize(
    "body",
    [
        motion("image", "data:"),
        motion("image", "data:,\u00e9"),
        motion("image", "ftp://a.example/v.mp4"),
        motion("image", 8, None),
        {"model": "unknown", "input": {"video_url": "data:,"}},
        {"model": ["x"], "input": {"video_url": "data:,"}},
        {"model": MOTION, "input": ["data:,"]},
        {"model": MOTION},
        {"input": {"video_url": "data:,"}},
        ["data:,"],
        b"data:,",
        None,
    ],
)
def test_malformed_stays_malformed(body: object) -> None:
    """What is refused for its form is sent in that form."""
    assert hooks.with_real_media(body) is body


@cache
def schema() -> Any:
    return schemathesis.openapi.from_dict(json.loads((ROOT / "contracts" / "openapi.json").read_text()))


def case(location: ParameterLocation | None, headers: dict[str, str], body: Json) -> Any:
    """A create as Schemathesis makes it: of the coverage phase for one location, or of nobody's making."""
    phase = PhaseInfo.coverage(CoverageScenario.VALID_OBJECT, "", parameter_location=location)
    meta = CaseMetadata(GenerationInfo(0.0, schemathesis.GenerationMode.POSITIVE), {}, phase)
    return schema()["/api/v1/tasks"]["POST"].Case(
        headers=headers, body=body, media_type="application/json", _meta=meta if location else None
    )


def test_hook_is_registered() -> None:
    """Loading the module is all that a configuration has to do."""
    assert hooks.before_call in get_all_by_name("before_call")


@pytest.mark.parametrize(
    ("location", "headers", "is_renewed"),
    [
        (ParameterLocation.BODY, {"Idempotency-Key": "0"}, True),
        (ParameterLocation.BODY, {}, False),
        (ParameterLocation.HEADER, {"Idempotency-Key": "0"}, False),
        (None, {"Idempotency-Key": "0"}, False),
    ],
)
def test_requests_about_a_body_have_keys_of_their_own(
    location: ParameterLocation | None, headers: dict[str, str], is_renewed: bool
) -> None:
    """Only where the coverage phase is about a body is the idempotency key replaced, where there is one."""
    sent = case(location, headers, motion("image", "data:,"))
    hooks.before_call(schemathesis.HookContext(), sent, {})
    assert sent.headers == ({"Idempotency-Key": f"schemathesis-{sent.id}"} if is_renewed else headers)
    assert facts(sent.body["input"]["video_url"], "video").kind == "video"
