"""From the URLs of an input to facts about their files (API.md §5)."""

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import models
from mockserver.models import MEDIA_REFERENCE
from mockserver.records import MediaFacts, Registered
from mockserver.settings import Settings
from mockserver.tasks.references import KEPT_BYTES, MAX_FILES, REMEMBERED_CHARS, place_of, resolve_all
from tests.asgi import HOST, INPUT, MODEL, Caller
from tests.media_files import data_uri, named, serving

IMAGE, VIDEO = "/input/image_url", "/input/video_url"


def hosts() -> frozenset[str]:
    """The names of the server that is asked."""
    return frozenset({HOST})


async def look(caller: Caller, *, upstream: bool = False, **urls: str) -> Any:
    """What is found out of the example's two files, at other URLs: facts, or violations as (pointer, code)."""
    model = models.get(MODEL)
    assert model is not None
    account_id = (await caller.account()).account_id
    found = await resolve_all(caller.service, account_id, hosts, model, INPUT | urls, upstream=upstream)
    if isinstance(found, dict):
        return found
    assert all(each.message[0].isupper() and each.message.endswith(".") for each in found)
    return [(each.param, each.code) for each in found]


@pytest.mark.clause("M-PROBE", "D-INPUT")
async def test_data_uris_are_probed() -> None:
    """Their real bytes say what they are."""
    image, video = data_uri("ref-image-640x480.png"), data_uri("ref-video-3s-720x1280.mp4")
    found = await look(Caller(), image_url=image, video_url=video)
    content = named("ref-image-640x480.png")
    assert found[IMAGE] == MediaFacts(
        "image",
        "probed",
        width=640,
        height=480,
        size_bytes=len(content),
        container="png",
        digest=sha256(content).hexdigest(),
    )
    seen = found[VIDEO]
    assert (seen.source, seen.duration_us, seen.width, seen.height) == ("probed", 3_000_000, 720, 1280)
    assert seen.has_sound


@pytest.mark.clause("M-NAMED", "M-PROBE")
async def test_the_servers_own_files_are_known() -> None:
    """Under any name that this server is called by; on another host the same path is just a URL."""
    path = "/_mock/media/ref-video-2.9s-720x1280.mp4"
    own = (await look(Caller(), video_url=f"http://{HOST.upper()}{path}"))[VIDEO]
    assert (own.source, own.duration_us) == ("probed", 2_900_000)
    foreign = (await look(Caller(), video_url=f"http://other.example{path}"))[VIDEO]
    assert foreign == MediaFacts("video", "assumed", duration_us=5_000_000)
    for bad in ("ref-video-61s.mp4", "ref-image-640x640.png", "x", ""):
        assert await look(Caller(), video_url=f"http://{HOST}/_mock/media/{bad}") == [(VIDEO, "media")]


@pytest.mark.clause("M-REGISTERED")
async def test_registered_urls() -> None:
    """Their facts are those stated; an image registered where a video is needed is none."""
    caller = Caller()
    account_id = (await caller.account()).account_id
    facts = MediaFacts("video", "stated", duration_us=4_000_000)
    await caller.store.put_media(account_id, Registered(INPUT["video_url"], facts))
    assert (await look(caller))[VIDEO] == facts
    await caller.store.put_media(account_id, Registered(INPUT["video_url"], MediaFacts("image", "stated")))
    assert await look(caller) == [(VIDEO, "media")]


@pytest.mark.clause("M-ASSUMED")
@pytest.mark.parametrize(
    ("url", "seconds"),
    [
        ("https://example.com/ref-video-8s.mp4", 8),
        ("https://example.com/ref-video-2.9s.mp4?x=-7s.", 2.9),
        ("https://example.com/-3s./clip", 5),
        ("https://example.com/clip.mp4", 5),
        ("https://example.com", 5),
        ("https://example.com/a-1s.b-12s.mp4", 12),
        ("https://example.com/a-0s.mp4", 0),
    ],
)
async def test_foreign_files_are_assumed(url: str, seconds: float) -> None:
    """The seconds in the last part of the path, else five; of an image nothing is assumed."""
    assert await look(Caller(), video_url=url) == {
        IMAGE: MediaFacts("image", "assumed"),
        VIDEO: MediaFacts("video", "assumed", duration_us=round(seconds * 1e6)),
    }


@pytest.mark.clause("M-REJECT")
async def test_foreign_files_can_be_rejected() -> None:
    """Both are named; what is registered is taken all the same."""
    caller = Caller(Settings(media="reject"))
    assert await look(caller) == [(IMAGE, "media"), (VIDEO, "media")]
    account_id = (await caller.account()).account_id
    await caller.store.put_media(account_id, Registered(INPUT["image_url"], MediaFacts("image", "stated")))
    assert await look(caller) == [(VIDEO, "media")]


@pytest.mark.clause("M-FETCH", "M-PROBE")
async def test_foreign_files_can_be_fetched() -> None:
    """They are probed, and kept for the output; what cannot be fetched is refused."""
    content = named("ref-image-640x480.png")
    caller = Caller(Settings(media="fetch", fetch_private=True))
    account_id = (await caller.account()).account_id
    async with serving(content) as url:
        video = data_uri("ref-video-3s-720x1280.mp4")
        facts = (await look(caller, image_url=url, video_url=video))[IMAGE]
        assert (facts.source, facts.width) == ("probed", 640)
        assert await caller.store.blob(account_id, facts.digest) == content
        assert await look(caller, image_url=url, video_url=url) == [(VIDEO, "media")]
        guarded = Caller(Settings(media="fetch"))
        assert await look(guarded, image_url=url, video_url=video) == [(IMAGE, "media")]


@pytest.mark.clause("M-FETCH")
async def test_a_large_file_is_fetched_and_not_kept() -> None:
    """Its facts are known; the output does without its picture."""
    content = named("ref-image-640x480.png") + bytes(KEPT_BYTES)
    caller = Caller(Settings(media="fetch", fetch_private=True))
    async with serving(content) as url:
        facts = (await look(caller, image_url=url, video_url=data_uri("ref-video-3s-720x1280.mp4")))[IMAGE]
    assert facts.size_bytes == len(content)
    assert await caller.store.blob((await caller.account()).account_id, facts.digest) is None


@pytest.mark.clause("D-INPUT")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "clip.mp4",
        "ftp://example.com/a.mp4",
        "file:///etc/passwd",
        "http://",
        "https:///a.mp4",
        "http://exa mple.com/",
        "http://[::1",
        "http://example.com:99999/",
        "//example.com/a.mp4",
        "javascript:alert(1)",
        "data:",
        "data:video/mp4",
        "data:video/mp4;base64,%%%",
        "data:video/mp4;base64,AAAA",
        "data:text/plain,hello",
        "DATA:,",
    ],
)
async def test_what_leads_to_no_file(text: str) -> None:
    """Strings that are no http(s) URL or data: URI, and bytes that are no such file: all places at once."""
    assert await look(Caller(), image_url=text, video_url=text) == [(IMAGE, "media"), (VIDEO, "media")]


@pytest.mark.clause("D-INPUT")
async def test_a_file_of_the_wrong_kind() -> None:
    """A video is no image, and the other way round."""
    video, image = data_uri("ref-video-3s-720x1280.mp4"), data_uri("ref-image-640x480.png")
    assert await look(Caller(), image_url=video, video_url=image) == [(IMAGE, "media"), (VIDEO, "media")]


@pytest.mark.clause("U-MEDIA", "A-MEDIA-RULES")
async def test_the_providers_limits() -> None:
    """Enforced only where asked for, and all that are broken are named."""
    image, video = data_uri("ref-image-900x290.png"), data_uri("ref-video-3s-200x340.mp4")
    assert isinstance(await look(Caller(), image_url=image, video_url=video), dict)
    assert await look(Caller(), upstream=True, image_url=image, video_url=video) == [
        (IMAGE, "height_too_small"),
        (IMAGE, "bad_ratio"),
        (VIDEO, "width_too_small"),
    ]
    assert isinstance(await look(Caller(), upstream=True), dict)


@pytest.mark.clause("D-INPUT")
async def test_no_more_files_than_any_model_takes() -> None:
    """A list without end is refused, before anything is looked at."""
    caller = Caller()
    model = models.get("viduq3")
    assert model is not None
    account_id = (await caller.account()).account_id
    urls = ["data:,x"] * MAX_FILES
    for count, code in ((MAX_FILES, "media"), (MAX_FILES + 1, "too_many_files")):
        given: dict[str, object] = {"image_urls": (urls + urls)[:count]}
        found = await resolve_all(caller.service, account_id, hosts, model, given, upstream=False)
        assert isinstance(found, list)
        assert found[0].code == code


@pytest.mark.clause("D-INPUT")
@settings(max_examples=50)
@given(st.from_regex(MEDIA_REFERENCE, fullmatch=True) | st.text(max_size=30))
def test_the_place_of_a_url(text: str) -> None:
    """Whatever has the form of a URL has a host, without a crash; a user before it is not part of it."""
    place = place_of(text)
    if place is not None:
        assert text.lower().startswith(("http://", "https://"))
        assert place[0] == place[0].lower()
        assert "@" not in place[0]


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://Mock.Example:8000/_mock/media/x?y#z", ("mock.example:8000", "/_mock/media/x")),
        ("http://user:word@mock.example/x", ("mock.example", "/x")),
        ("https://[::1]:8000", ("[::1]:8000", "")),
        (f"http://mock.example/{'x' * REMEMBERED_CHARS}", ("mock.example", f"/{'x' * REMEMBERED_CHARS}")),
        ("data:,x", None),
        ("x", None),
    ],
)
def test_places(url: str, place: tuple[str, str] | None) -> None:
    """In lower case, with the port; long ones too."""
    assert place_of(url) == place
