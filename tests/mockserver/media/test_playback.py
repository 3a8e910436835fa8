"""Files in a real player: Debian's Chromium."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from mockserver.media import outputs
from mockserver.media.outputs import OutputSpec
from tests.mockserver.media import samples

OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required"
)
PLAY = """async (source) => {
    const video = document.createElement("video");
    const ended = new Promise((resolve, reject) => {
        video.onended = resolve;
        video.onerror = () => reject(new Error(video.error.message));
    });
    video.src = source;
    video.playbackRate = 4;
    await video.play();
    await ended;
    return {
        duration: video.duration, width: video.videoWidth, height: video.videoHeight, at: video.currentTime,
        frames: video.getVideoPlaybackQuality().totalVideoFrames, sound: video.webkitAudioDecodedByteCount,
    };
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS.split())
        yield browser.new_page()
        browser.close()


def played(page: Page, data: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = page.evaluate(PLAY, "data:video/mp4;base64," + base64.b64encode(data).decode())
    return answer


@pytest.mark.parametrize("size", [(1280, 720), (101, 75)])
@pytest.mark.clause("M-NAMED")
def test_named(page: Page, size: tuple[int, int]) -> None:
    """A named file plays to its end: every frame, its sound, its exact length, odd sides too."""
    answer = played(page, samples.named(f"ref-video-2.9s-{size[0]}x{size[1]}.mp4"))
    assert answer.pop("sound") > 10_000
    assert answer == {"duration": 2.9, "width": size[0], "height": size[1], "at": 2.9, "frames": 70}


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.clause("M-OUTPUT-VIDEO")
def test_output(page: Page, sound: bool) -> None:
    """An output plays to its end, with the sound of its source or without any."""
    source, picture = samples.filmed(audio="aac"), samples.named("ref-image-90x160.png")
    spec = OutputSpec("video", 720, 1280, 2_000_000, sound, True, picture, source)
    answer = played(page, outputs.make(spec))
    assert bool(answer.pop("sound")) == sound
    assert answer == {"duration": 2.0, "width": 720, "height": 1280, "at": 2.0, "frames": 48}
