"""`--mindvideo-client`: one test for each promise, in anybody's suite."""

from pathlib import Path

import pytest

from contracts.obligations.registry import OBLIGATIONS
from mockserver.api import create as creates
from mockserver.problems import Problem

PLUGIN = (
    "-p",
    "no:mindvideo-contracts",
    "-p",
    "contracts.pytest_plugin",
    "-p",
    "no:cacheprovider",
    "--import-mode=importlib",
)
GOOD, BAD, ODD = "clients_here:good", "clients_here:bad", "clients_here:odd"
CLIENTS = """
from tests.clients.broken.k2 import client as bad
from tests.clients.broken.k7 import client as odd
from tests.clients.reference.sync import client as good
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a module of clients in it."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(clients_here=CLIENTS)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")


def test_a_good_client(pytester: pytest.Pytester) -> None:
    """Each promise is a test; those that nothing put to the test are skipped, with a word on why."""
    pytester.makepyfile("def test_other():\n    pass\n")
    result = pytester.runpytest(*PLUGIN, "--mindvideo-client", GOOD, "--mindvideo-lives", "330", "-rs")
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] + outcomes["skipped"] == len(OBLIGATIONS) + 1
    assert outcomes["skipped"] < 5
    result.stdout.fnmatch_lines(["*S2: no life put it to the test*"])


def test_a_bad_client(pytester: pytest.Pytester) -> None:
    """A failure prints the promise, the life in words and the token, and nothing of the harness' own code."""
    result = pytester.runpytest(*PLUGIN, "--mindvideo-client", BAD, "--mindvideo-lives", "60", "-k", "K2 or P7", "-v")
    result.assert_outcomes(passed=1, failed=1, deselected=len(OBLIGATIONS) - 2)
    result.stdout.fnmatch_lines(["*K2*All attempts of one logical create reuse one key*", "*mv1.*"])
    result.stdout.no_fnmatch_line("*harness.py*")


def test_xdist(pytester: pytest.Pytester) -> None:
    """Workers share the promises among them."""
    arguments = ("--mindvideo-client", GOOD, "--mindvideo-lives", "8", "-k", "K2 or P7 or L2", "-n", "2")
    pytester.runpytest_subprocess(*PLUGIN, *arguments).assert_outcomes(passed=2, skipped=1)


def test_a_warning(pytester: pytest.Pytester) -> None:
    """What is only bad practice passes, and is told."""
    arguments = ("--mindvideo-client", ODD, "--mindvideo-lives", "9", "-k", "K7", "-rP")
    result = pytester.runpytest(*PLUGIN, *arguments)
    result.assert_outcomes(passed=1, deselected=len(OBLIGATIONS) - 1)
    result.stdout.fnmatch_lines(["*WARN K7*"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--mindvideo-client", "nowhere:client"), "*cannot be loaded*"),
        (("--mindvideo-client", GOOD, "--mindvideo-lives", "few"), "*must be a number above 0*"),
        (("--mindvideo-client", GOOD, "--mindvideo-dialects", "odd"), "*default, each or all*"),
        (("--mindvideo-client", GOOD, "--mindvideo-profile", "none.toml"), "*none.toml*"),
    ],
)
def test_usage(pytester: pytest.Pytester, arguments: tuple[str, ...], told: str) -> None:
    """What cannot be obeyed is said in a line."""
    result = pytester.runpytest(*PLUGIN, *arguments, "-k", "L2")
    result.stdout.fnmatch_lines([told])
    assert result.ret


def test_a_harness_that_cannot_be_trusted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the fake itself is wrong, nothing is said about the client."""

    async def down(*given: object) -> Problem:
        return Problem("unavailable", "No reason.")

    monkeypatch.setattr(creates, "submit", down)
    result = pytester.runpytest(*PLUGIN, "--mindvideo-client", GOOD, "--mindvideo-lives", "3", "-k", "L2")
    result.assert_outcomes(failed=1, deselected=len(OBLIGATIONS) - 1)
    result.stdout.fnmatch_lines(["*The harness cannot be trusted here*"])


def test_a_bug_of_ours(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is shown with its traceback."""
    monkeypatch.setattr("contracts.crew.lane_of", None)
    result = pytester.runpytest(*PLUGIN, "--mindvideo-client", GOOD, "--mindvideo-lives", "3", "-k", "L2")
    result.assert_outcomes(failed=1, deselected=len(OBLIGATIONS) - 1)
    result.stdout.fnmatch_lines(["*TypeError*"])


def test_a_profile(pytester: pytest.Pytester) -> None:
    """The client's claims count."""
    path = pytester.makefile(".toml", client="sends_idempotency_key = false\n")
    arguments = ("--mindvideo-client", GOOD, "--mindvideo-lives", "4", "--mindvideo-profile", str(path))
    pytester.runpytest(*PLUGIN, *arguments, "-k", "K7 or L2").assert_outcomes(passed=2, deselected=len(OBLIGATIONS) - 2)


def test_nothing_asked_for(pytester: pytest.Pytester) -> None:
    """Without the option nothing is added, and nothing of the harness is imported."""
    pytester.makepyfile("import sys\n\ndef test_it():\n    assert 'hypothesis_jsonschema' not in sys.modules\n")
    result = pytester.runpytest_subprocess(*PLUGIN)
    result.assert_outcomes(passed=1)
