"""Fixtures for the tests of clients: `mindvideo_server`, one server a session, and `mindvideo`, one account a test.

Under pytest-xdist each worker has a server of its own; with MINDVIDEO_MOCK_URL (or `--mindvideo-url`, or
`mindvideo_url` in the ini file) all use one that runs already. To start one with other settings, override the fixture
`mindvideo_settings` in a `conftest.py`.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockserver.client import Account, ControlClient

SECTION = "MindVideo exchanges"
SHOWN_LINES = 50


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "use the MindVideo mock server at this URL instead of starting one"
    parser.getgroup("mindvideo").addoption("--mindvideo-url", metavar="URL", help=text)
    parser.addini("mindvideo_url", text)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "mindvideo(**settings): what the test's account is made with, such as balance=1")


@pytest.fixture(scope="session")
def mindvideo_settings() -> dict[str, Any]:
    """What `mindvideo_server` starts a server with: arguments of `mockserver.Server`. Override it to change them."""
    return {}


@pytest.fixture(scope="session")
def mindvideo_server(pytestconfig: pytest.Config, mindvideo_settings: dict[str, Any]) -> Iterator["ControlClient"]:
    """The control plane of the session's server; `.base_url` is where it is."""
    from mockserver.client import ControlClient

    chosen = pytestconfig.getoption("--mindvideo-url") or os.environ.get("MINDVIDEO_MOCK_URL")
    url = chosen or pytestconfig.getini("mindvideo_url")
    if url:
        yield ControlClient(url, os.environ.get("MINDVIDEO_MOCK_ADMIN_TOKEN"))
        return
    from mockserver.server import Server

    with Server(**mindvideo_settings) as server:
        yield server.control


@pytest.fixture
def mindvideo(request: pytest.FixtureRequest, mindvideo_server: "ControlClient") -> Iterator["Account"]:
    """A fresh account, forgotten afterwards: `.base_url`, `.key`, `.clock.advance()`, `.journal()`, `.ledger()`, ….

    `@pytest.mark.mindvideo(balance=1, clock={"mode": "frozen"})` says what it is made with.
    """
    from mockserver.client import ControlError

    settings: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("mindvideo"))):
        settings |= marker.kwargs
    account = mindvideo_server.new_account(**settings)
    yield account
    with suppress(ControlError):  # The test may have forgotten it, or stopped the server.
        account.forget()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what its account saw."""
    report = yield
    account = getattr(item, "funcargs", {}).get("mindvideo")
    if report.failed and call.when == "call" and account is not None:
        report.sections.append((SECTION, "\n".join(_lines(account))))
    return report


def _lines(account: "Account") -> list[str]:
    from mockserver.assertions import exchange_lines
    from mockserver.client import ControlError

    try:
        lines = exchange_lines(account.journal())
    except ControlError as error:
        return [f"the journal cannot be read: {error}"]
    return lines[-SHOWN_LINES:] or ["(none)"]
