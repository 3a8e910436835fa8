"""The fixtures as a user's test suite gets them: in sessions of their own, in one process or several."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mockserver.client import ControlClient
from mockserver.server import Server

ROOT = Path(__file__).parents[2]
Run = Callable[..., pytest.RunResult]

SUITE = """
    import json
    from urllib.request import Request, urlopen

    import pytest

    BODY = json.dumps({"model": "kling-v3", "input": {"prompt": "dance", "mode": "std"}}).encode()

    def create(account):
        headers = {"Authorization": f"Bearer {account.key}", "Content-Type": "application/json"}
        with urlopen(Request(f"{account.base_url}/api/v1/tasks", BODY, headers)) as answer:
            return json.load(answer)["task_id"]
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a suite with the plugin, in a process of its own; warnings are errors there, too."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("MINDVIDEO_MOCK_URL", "MINDVIDEO_MOCK_ADMIN_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def ran(suite: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(suite)
        plugins = ("-p", "xdist.plugin", "-p", "mockserver.pytest_plugin")
        return pytester.runpytest_subprocess("-W", "error", *plugins, *options)

    return ran


@pytest.fixture
def elsewhere() -> Iterator[ControlClient]:
    """A server that runs already."""
    with Server(admin_token="secret") as server:
        yield server.control


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_an_account_a_test(run: Run, workers: str) -> None:
    """Each test has a fresh account on a server of the session, with clock, journal, ledger and plan; workers too."""
    suite = f"""{SUITE}
    @pytest.mark.parametrize("number", range(4))
    def test_it(mindvideo, mindvideo_server, number):
        assert mindvideo.journal() == []
        assert mindvideo.base_url == mindvideo_server.base_url
        mindvideo.clock.freeze()
        mindvideo.plan("realistic")
        task_id = create(mindvideo)
        mindvideo.clock.advance(until="idle")
        assert mindvideo.task(task_id)["status"] == "succeeded"
        assert [entry["type"] for entry in mindvideo.ledger()["entries"]] == ["hold", "settle"]
        assert [each["account"] for each in mindvideo_server.accounts()] == [mindvideo.account]
    """
    run(suite, workers).assert_outcomes(passed=4)


def test_settings(run: Run, pytester: pytest.Pytester) -> None:
    """`mindvideo_settings` says how the server is started, the marker how the account is made; the nearest wins."""
    pytester.makeconftest("""
        import pytest

        @pytest.fixture(scope="session")
        def mindvideo_settings():
            return {"timing": "instant", "dialect": {"create_status": 202}}
    """)
    suite = f"""{SUITE}
    pytestmark = pytest.mark.mindvideo(balance=5, seed=1)

    @pytest.mark.mindvideo(balance=2, clock={{"mode": "frozen"}})
    def test_it(mindvideo):
        state = mindvideo.state()
        assert (state["balance"], state["seed"], state["clock"]["mode"]) == ("2.00000", 1, "frozen")
        assert mindvideo.dialect()["create_status"] == 202
        assert mindvideo.task(create(mindvideo))["status"] == "succeeded"
    """
    run(suite, "--strict-markers").assert_outcomes(passed=1)


def test_failure_shows_exchanges(run: Run) -> None:
    """A test that fails shows what its account saw, in short lines; one without an account shows nothing like it."""
    suite = f"""{SUITE}
    def test_talks(mindvideo):
        create(mindvideo)
        assert False

    def test_is_silent(mindvideo):
        assert False

    def test_has_no_account():
        assert False

    def test_passes(mindvideo):
        create(mindvideo)

    @pytest.fixture
    def broken(mindvideo):
        yield
        raise ValueError

    def test_breaks_afterwards(broken):
        pass
    """
    result = run(suite, "-q")
    result.assert_outcomes(failed=3, passed=2, errors=1)
    assert result.stdout.str().count("MindVideo exchanges") == 2
    result.stdout.fnmatch_lines(["*MindVideo exchanges*", "#1 POST /api/v1/tasks -> 200  task task_*"])
    result.stdout.fnmatch_lines(["*MindVideo exchanges*", "(none)"])


def test_account_that_is_gone(run: Run) -> None:
    """A test may forget its account: the tear-down does not mind, and a failure says why it shows nothing."""
    suite = f"""{SUITE}
    def test_passes(mindvideo):
        mindvideo.forget()

    def test_fails(mindvideo):
        mindvideo.forget()
        assert False
    """
    result = run(suite)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["the journal cannot be read: *404 account_not_found*"])


@pytest.mark.parametrize(("way", "workers"), [("environment", "-n2"), ("flag", "-n0"), ("ini", "-n0")])
def test_server_that_runs_already(
    run: Run,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    elsewhere: ControlClient,
    way: str,
    workers: str,
) -> None:
    """All workers share the server named by variable, flag or ini file; accounts are forgotten at the end."""
    monkeypatch.setenv("MINDVIDEO_MOCK_ADMIN_TOKEN", "secret")
    options = [workers]
    if way == "environment":
        monkeypatch.setenv("MINDVIDEO_MOCK_URL", elsewhere.base_url)
    elif way == "flag":
        monkeypatch.setenv("MINDVIDEO_MOCK_URL", "http://127.0.0.1:1")
        options += ["--mindvideo-url", elsewhere.base_url]
    else:
        pytester.makeini(f"[pytest]\nmindvideo_url = {elsewhere.base_url}\n")
    suite = f"""{SUITE}
    @pytest.mark.parametrize("number", range(2))
    def test_it(mindvideo, number):
        assert mindvideo.base_url == "{elsewhere.base_url}"
        assert len(mindvideo.tasks()) == 0
        create(mindvideo)
    """
    run(suite, *options).assert_outcomes(passed=2)
    assert elsewhere.accounts() == []


def test_unused_plugin_costs_nothing(run: Run) -> None:
    """A session that does not use the fixtures imports nothing of the server."""
    suite = """
    import sys

    def test_it():
        assert {name for name in sys.modules if name.startswith("mockserver.")} == {"mockserver.pytest_plugin"}
        assert "uvicorn" not in sys.modules
        assert "orjson" not in sys.modules
    """
    run(suite).assert_outcomes(passed=1)
