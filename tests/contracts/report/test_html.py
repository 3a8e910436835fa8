"""The page of a check in a real browser, which reaches nothing else."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright

from contracts.report import html
from contracts.verdicts import Result
from tests.contracts.report.results import PAID_TWICE, SECRETS, found, mixed, poisoned, result, ruling

URL = "http://report.test/"
OPTIONS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
VOID = {"meta"}

pytestmark = pytest.mark.asyncio(loop_scope="module")
"""One browser for all of them."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        yield browser
        await browser.close()


class Opened:
    """A page that shows a check; whatever it asks for besides, and whatever the browser complains of, is noted."""

    def __init__(self, page: Page, text: str) -> None:
        self.page = page
        self.text = text
        self.asked: list[str] = []
        self.complaints: list[str] = []

    async def answer(self, route: Route) -> None:
        self.asked.append(route.request.url)
        await route.fulfill(status=200, content_type="text/html", body=self.text)


async def opened(browser: Browser, made: Result, **how: Any) -> Opened:
    """The page of a result."""
    seen = Opened(await browser.new_page(**how), html.render(made))
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    await seen.page.route("**/*", seen.answer)
    await seen.page.goto(URL)
    return seen


class Tree(HTMLParser):
    """The elements of a page as they are written, each with its depth; nothing is mended."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[list[object]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append([len(self.open), tag])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


DOM = """() => {
  const depth = each => each.parentElement ? 1 + depth(each.parentElement) : 0;
  return [...document.querySelectorAll("*")].map(each => [depth(each), each.localName.toLowerCase()]);
}"""


@pytest.mark.parametrize("made", [mixed(), poisoned(), result()], ids=["mixed", "poisoned", "empty"])
async def test_valid(browser: Browser, made: Result) -> None:
    """The browser mends nothing, complains of nothing and asks for nothing but the page; a policy forbids the rest."""
    seen = await opened(browser, made)
    tree = Tree()
    tree.feed(seen.text)
    assert tree.open == []
    assert await seen.page.evaluate(DOM) == tree.elements
    assert await seen.page.evaluate("document.compatMode") == "CSS1Compat"
    assert seen.asked == [URL]
    assert seen.complaints == []
    policy = await seen.page.get_attribute("meta[http-equiv=Content-Security-Policy]", "content") or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert await seen.page.evaluate("getComputedStyle(document.body).maxWidth") != "none"
    ids = re.findall(r' id="([^"]+)"', seen.text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r' href="#([^"]+)"', seen.text)) <= {*ids}


async def test_nothing_dangerous_is_on_it(browser: Browser) -> None:
    """What clients and servers said is text: no element of theirs, no key, no control character."""
    seen = await opened(browser, poisoned())
    assert await seen.page.evaluate("document.querySelectorAll('script, img, b b').length") == 0
    assert "<script>alert('mv_live_***')</script>" in (await seen.page.text_content("#K2 .message") or "")
    for secret in SECRETS:
        assert secret not in seen.text
    assert seen.text.replace("\n", "").isprintable()
    assert "style=" not in seen.text
    assert not re.search(r"\son\w+=", seen.text)


@pytest.mark.parametrize("width", [320, 768, 1280])
async def test_widths(browser: Browser, width: int) -> None:
    """Nothing is cut off and nothing scrolls sideways, however narrow the screen."""
    for made in (mixed(), poisoned()):
        seen = await opened(browser, made, viewport={"width": width, "height": 900})
        assert await seen.page.evaluate("document.documentElement.scrollWidth") == width


CONTRAST = r"""() => {
  const channels = colour => {
    const found = colour.match(/[\d.]+/g).map(Number);
    const scale = colour.startsWith("color(") ? 255 : 1;
    const [r, g, b, a = 1] = colour.startsWith("color(") ? found : found;
    return [r * scale, g * scale, b * scale, a];
  };
  const over = (top, below) => top.slice(0, 3).map((each, i) => each * top[3] + below[i] * (1 - top[3]));
  const ground = each => {
    const layers = [];
    for (; each; each = each.parentElement) layers.push(channels(getComputedStyle(each).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const light = rgb => {
    const [r, g, b] = rgb.map(each => each / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const low = [];
  for (const each of document.querySelectorAll("body *")) {
    const own = [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !each.getClientRects().length) continue;
    const below = ground(each);
    const [a, b] = [light(below), light(over(channels(getComputedStyle(each).color), below))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(each.outerHTML.slice(0, 80));
  }
  return [...new Set(low)];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_contrast(browser: Browser, scheme: Literal["light", "dark"]) -> None:
    """Every text stands out from its ground as WCAG's AA demands, in either scheme; they are two."""
    seen = await opened(browser, mixed(), color_scheme=scheme)
    assert await seen.page.evaluate(CONTRAST) == []
    ground = await seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(251, 251, 250)") == (scheme == "light")


async def test_table_and_findings(browser: Browser) -> None:
    """Every obligation has a row; what was found has a part of its own, to which the row leads."""
    seen = await opened(browser, mixed())
    page = seen.page
    assert await page.locator("tbody td.id").all_text_contents() == [each.obligation.id for each in mixed().rulings]
    assert await page.locator("td.verdict").first.inner_text() == "✓ PASS (listed)"
    assert await page.locator("article").evaluate_all("all => all.map(each => each.id)") == [
        *("K2", "K5", "K6", "R4", "L2", "P6", "P15")
    ]
    await page.click("td.id a:text-is('K6')")
    assert page.url.endswith("#K6")
    assert (await page.title()).startswith("FAIL: node client.mjs")
    assert "The client breaks the contract." in await page.inner_text("h1")
    facts = await page.locator(".facts dd").all_text_contents()
    assert facts == ["2 of 10", "200", "12.3 s", "0", "23.15"]


async def test_a_diagram_in_words(browser: Browser) -> None:
    """Whoever does not see the drawing reads the same: each exchange is an item that tells all of it."""
    seen = await opened(browser, result(ruling("K6", "FAIL", found(PAID_TWICE, "K6"))))
    told = await seen.page.locator("#K6 .diagram > li").evaluate_all("all => all.map(each => each.innerText.trim())")
    assert [re.sub(r"\s+", " ", each) for each in told] == [
        "client server",
        "1 s until the first request",
        "+1.000 s POST /api/v1/tasks key A commit task_4f1c2d… 0.11574 held connection lost after commit lost_response "
        "▶ breaks the promise",
        "500 ms later",
        "+1.500 s POST /api/v1/tasks key B commit task_99ac2d… 0.11574 held 200 queued ▶ breaks the promise",
        "2 s later",
        "+3.500 s GET /api/v1/tasks/task_99ac2d… 200 processing",
        "2 s later",
        "+5.500 s GET /api/v1/tasks/task_99ac2d… 200 succeeded",
        f"the client reported succeeded {PAID_TWICE.reports[0].task_id} with 1 URL, after 6.5 s "
        "server: 2 charges, 0.23148",
    ]
    struck = seen.page.get_by_role("img", name="The answer is lost on its way to the client.")
    assert await struck.count() == 1
    assert await seen.page.get_by_role("list", name="Exchanges, in order of time").count() == 1


async def test_where_arrows_end(browser: Browser) -> None:
    """A request reaches from lane to lane, a lost answer ends half way, on a wide screen and on a narrow one."""
    for width in (360, 1200):
        seen = await opened(browser, mixed(), viewport={"width": width, "height": 900})
        first = seen.page.locator("#K6 .offending").first
        track = await first.locator(".track").bounding_box()
        line, answer = [await each.bounding_box() for each in await first.locator("svg.wire > line").all()]
        assert track is not None
        assert line is not None
        assert answer is not None
        assert abs(line["x"] - track["x"]) <= 3
        assert abs(line["width"] - track["width"]) <= 6
        assert abs(answer["x"] - track["x"] - 0.45 * track["width"]) <= 6


async def test_paper(browser: Browser) -> None:
    """It prints, light even where the screen is dark, diagrams included."""
    seen = await opened(browser, mixed(), color_scheme="dark")
    assert (await seen.page.pdf())[:5] == b"%PDF-"
    await seen.page.emulate_media(media="print", color_scheme="light")
    assert await seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert await seen.page.locator("#K6 .diagram").is_visible()
