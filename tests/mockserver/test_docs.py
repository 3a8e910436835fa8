"""`/docs` and `/_mock/docs`, in a real browser that reaches nothing but the server (issue 2, deliverable 4)."""

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import ConsoleMessage, Page, Route, async_playwright

from mockserver.docs import ASSETS, PAGES
from tests.asgi import HOST, Caller
from tests.mockserver.control.desk import Desk, document, guarded

ORIGIN = f"http://{HOST}"
OPTIONS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of Debian's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        yield await browser.new_page()
        await browser.close()


class Network:
    """All the network a page has: the server's application in process. What goes elsewhere is noted, and fails."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.asked: list[str] = []
        self.complaints: list[str] = []

    async def answer(self, route: Route) -> None:
        """One request of the page."""
        request = route.request
        self.asked.append(request.url)
        if not request.url.startswith(f"{ORIGIN}/"):
            await route.abort()
            return
        path = urlsplit(request.url).path
        body = (request.post_data or "").encode()
        headers = {name: value for name, value in request.headers.items() if name in ("authorization", "content-type")}
        reply = await self.caller.request(request.method, path, headers=headers, key=None, raw=body)
        await route.fulfill(status=reply.status, headers=dict(reply.headers), body=reply.body)

    def note(self, message: ConsoleMessage) -> None:
        """What the browser has to complain of, such as something the page's policy forbids."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


async def opened(page: Page, path: str) -> Network:
    """The page at `path`, once it shows its operations."""
    network = Network(Caller())
    page.on("console", network.note)
    await page.route("**/*", network.answer)
    await page.goto(f"{ORIGIN}{path}")
    await page.wait_for_selector(".opblock-summary")
    return network


async def test_the_public_api_can_be_read_and_tried(page: Page) -> None:
    """Every operation is there; a key is entered and a request sent from the page, all without a network."""
    network = await opened(page, "/docs")
    assert (await page.text_content(".info .title") or "").startswith("MindVideo API")
    assert await page.locator(".opblock").count() == 3
    await page.click(".btn.authorize")
    await page.fill(".modal-ux input", "mv_live_browser")
    await page.click(".modal-ux .auth.authorize")
    await page.click(".modal-ux .btn-done")
    await page.click("#operations-Tasks-getTask .opblock-summary-control")
    await page.fill("#operations-Tasks-getTask input[placeholder=task_id]", "task_x")
    await page.click("#operations-Tasks-getTask .execute")
    shown = page.locator("#operations-Tasks-getTask .live-responses-table tbody .response-col_status")
    assert (await shown.text_content() or "").startswith("404")
    assert (await network.caller.exchanges("mv_live_browser"))[-1].task_id is None
    assert {urlsplit(url).netloc for url in network.asked} == {HOST}
    assert network.complaints == ["Failed to load resource: the server responded with a status of 404 (Not Found)"]


async def test_the_control_plane_can_be_read(page: Page) -> None:
    """Every operation is there, and a link leads to the other page."""
    network = await opened(page, "/_mock/docs")
    operations = sum(len(found) for found in document()["paths"].values())
    assert await page.locator(".opblock").count() == operations
    await page.click("nav a:text('MindVideo API')")
    await page.wait_for_selector("#operations-Tasks-getTask")
    assert page.url == f"{ORIGIN}/docs"
    assert {urlsplit(url).netloc for url in network.asked} == {HOST}
    assert network.complaints == []


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_names_nothing_but_this_server(path: str) -> None:
    """All it refers to is served here, and its policy forbids the rest; it is a page in every respect."""
    made = Desk()
    reply = await made.call("GET", path)
    assert (reply.status, reply.header("content-type")) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in (reply.header("content-security-policy") or "")
    text = reply.body.decode()
    assert "//" not in text
    for place in re.findall(r'(?:src|href|data-document)="([^"]+)"', text):
        found = await made.call("GET", place)
        assert (found.status, len(found.body) > 0) == (200, True)
    head = await made.call("HEAD", path)
    assert (head.status, head.body, head.header("content-length")) == (200, b"", str(len(reply.body)))
    again = await made.call("GET", path, headers={"if-none-match": reply.header("etag") or ""})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("name", ["x.js", "core.py", "..", "%2e%2e%2fcore.py", "redoc.standalone.js"])
async def test_no_other_file_is_served(name: str) -> None:
    """Of the folder the pages' files come from only those that the pages need."""
    assert (await Desk().refused("GET", f"{ASSETS}{name}"))[:2] == (404, "not_found")


@pytest.mark.clause("C-ADMIN")
async def test_the_files_of_the_pages_need_no_token() -> None:
    """They are a public library's; the page of the control plane, and its document, do."""
    made = Desk(guarded())
    assert (await made.call("GET", f"{ASSETS}swagger-ui.css")).status == 200
    assert (await made.call("GET", "/docs")).status == 200
    assert (await made.call("GET", "/_mock/docs")).status == 401
