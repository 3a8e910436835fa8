"""`check` and `replay`: what they take, print and write, and how they exit. Clients and lives are real."""

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

from contracts.harness import Command, Function, Options, Worker
from contracts.lives import Life, from_token
from contracts.obligations.registry import OBLIGATIONS
from contracts.run import Profile
from mockserver.cli import holding, run
from mockserver.cli.hold_commands import joined
from tests.processes import COMMAND, ROOT, Said, environment, said

BROKEN, KEPT = "tests.clients.broken.k6:client", "tests.clients.reference.sync:client"
FEW = ("--lives", "9", "--only", "K6, K2", "--only", "L1")


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs commands in this process, as a pipe would see them."""

    captured: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Said:
        code = run(arguments)
        out, err = self.captured.readouterr()
        return Said(code, out, err)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell in a terminal of the usual width."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    return Shell(capsys)


@pytest.mark.parametrize("command", ["check", "replay"])
def test_help(shell: Shell, command: str) -> None:
    """Both explain themselves, with examples, and are on the menu in whole sentences."""
    told = shell(command, "--help")
    assert told.code == 0
    assert f"Usage: mindvideo-mock {command}" in told.out
    assert f"\n  mindvideo-mock {command} " in told.out
    menu = shell("--help").out.partition("Commands:")[2]
    assert f"\n  {command} " in menu
    assert "..." not in menu
    assert f"[default: {Options().lives}]" in shell("check", "--help").out


def test_a_client_that_keeps_its_promises(shell: Shell) -> None:
    """Exit 0; a table on stdout, progress on stderr."""
    told = shell("check", "--function", KEPT, *FEW)
    assert told.code == 0
    assert [line.split()[0] for line in told.out.splitlines()[:2]] == ["ID", "K2"]
    assert "\nPASS: " in told.out
    assert "FAIL" not in told.out
    assert told.err.startswith("calm 1/")
    assert "\x1b" not in told.out + told.err


def test_a_client_that_breaks_one(shell: Shell) -> None:
    """Exit 1, the life in words, and a line that shows it again when it is typed."""
    told = shell("check", "--function", BROKEN, *FEW, "--deadline-s", "300", "--no-downloads")
    assert told.code == 1
    assert "\nFAIL  K6  At most one charge per logical task" in told.out
    assert "POST with another key → charged twice, 0.23148" in told.out.replace("\n ", "")
    assert "It fails by K6." in told.out
    (line,) = [line for line in told.out.splitlines() if line.startswith("mindvideo-mock replay")]
    words = shlex.split(line)[1:]
    assert words[2:] == ["--function", BROKEN, "--deadline-s", "300", "--no-downloads"]
    again = shell(*words, "--times", "2")
    assert again.code == 1
    assert "FAIL  K6" in again.out
    assert "Broken in 2 of 2 runs of this life." in again.out
    assert "2 lives in " in again.out
    mended = shell("replay", words[1], "--function", KEPT)
    assert (mended.code, "FAIL" in mended.out) == (0, False)
    document = json.loads(shell("replay", words[1], "--function", BROKEN, "--only", "K6", "--json").out)
    assert [(each["id"], each["verdict"]) for each in document["obligations"]] == [("K6", "FAIL")]
    assert isinstance(from_token(document["obligations"][0]["token"]), Life)


def test_reports(shell: Shell, tmp_path: Path) -> None:
    """One run, every report; on stdout the same JSON as in the file, and nothing else."""
    page, document, suite = tmp_path / "a.html", tmp_path / "a.json", tmp_path / "a=b.xml"
    told = shell(
        *("check", "--function", BROKEN, *FEW, "--json", "--seed", "7"),
        *("--report", "html", str(page), "--report", f"json={document}", "--report", "junit", str(suite)),
    )
    assert told.code == 1
    assert told.out == document.read_text()
    made = told.json
    assert (made["version"], made["verdict"], made["seed"]) == (1, "fail", 7)
    assert [each["id"] for each in made["obligations"]] == ["K2", "K6", "L1"]
    assert page.read_text().startswith("<!doctype html>")
    assert {case.attrib["name"][:2] for case in xml.parse(suite).iter("testcase")} == {"K2", "K6", "L1"}


def test_kept_as_a_test(shell: Shell, tmp_path: Path) -> None:
    """The test that is written fails for the client, and passes for one that is mended."""
    file = tmp_path / "test_kept.py"
    assert shell("check", "--function", BROKEN, *FEW, "--emit-pytest", str(file)).code == 1
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    told = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert told.returncode == 1, told.stdout + told.stderr
    assert "test_k6" in told.stdout
    assert "One task was wanted, 2 are charged" in told.stdout
    file.write_text(file.read_text().replace(BROKEN, KEPT))
    told = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_known_failing(shell: Shell, tmp_path: Path) -> None:
    """What is listed may fail, and must not pass."""
    file = tmp_path / "known.toml"
    file.write_text('K6 = "ticket 12"\n')
    told = shell("check", "--function", BROKEN, *FEW, "--known-failing", str(file))
    assert told.code == 0
    assert "Listed as known to fail: ticket 12." in told.out
    told = shell("check", "--function", KEPT, *FEW, "--known-failing", str(file))
    assert told.code == 1
    assert "It passes: take it off the list." in told.out


def test_strict(shell: Shell) -> None:
    """Under --strict a must that no life put to the test fails."""
    told = shell("check", "--function", KEPT, "--lives", "9", "--only", "S2", "--strict")
    assert told.code == 1
    assert "No life put it to the test." in told.out


def test_seed(shell: Shell) -> None:
    """It is 0 if nothing is said; by chance it is told, so that it can be said again."""
    seeds = [
        shell("check", "--function", KEPT, "--lives", "1", "--only", "K1", "--json", *more).json["seed"]
        for more in ((), ("--seed", "-3"), ("--seed", "random"), ("--seed", "random"))
    ]
    assert seeds[:2] == [0, -3]
    assert seeds[2] != seeds[3]


@pytest.mark.parametrize("kind", ["--command", "--worker"])
def test_a_client_of_its_own(kind: str) -> None:
    """A command, and one that stays, in real time."""
    words = [sys.executable, "-m", "tests.clients.reference.command"]
    python = shlex.join(words if kind == "--command" else [*words, "--worker"])
    told = said("check", kind, python, "--lives", "2", "--only", "S6", "--only", "K1", "--jobs", "2")
    assert told.code == 0, told.out + told.err
    assert "\nPASS: 2 PASS" in told.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["check"], "name one client: --command, --worker, --function"),
        (["check", "--command", "a", "--worker", "b"], "name one client"),
        (["check", "--command", "'a"], "--command: no closing quotation"),
        (["check", "--worker", " "], "--worker is empty"),
        (["check", "--command", "/no/such/client"], "/no/such/client"),
        (["check", "--function", "a:b", "--compress", "5"], "--compress is for a --command"),
        (["check", "--worker", "a", "--compress", "5"], "--compress is for a --command"),
        (["check", "--function", "tests"], "'tests' names no function: write module:function"),
        (["check", "--function", "tests.nowhere:x"], "'tests.nowhere:x' cannot be loaded"),
        (["check", "--function", KEPT, "--only", "K99"], "there is no obligation K99"),
        (["check", "--function", KEPT, "--models", "nope"], "there is no model nope"),
        (["check", "--function", KEPT, "--lives", "0"], "Invalid value for '--lives'"),
        (["check", "--function", KEPT, "--jobs", "x"], "Invalid value for '--jobs'"),
        (["check", "--function", KEPT, "--dialects", "some"], "Invalid value for '--dialects'"),
        (["check", "--function", KEPT, "--seed", "x"], "--seed must be a whole number or random, not 'x'"),
        (["check", "--function", KEPT, "--report", "pdf", "a"], "--report takes json, junit, html and a path"),
        (["check", "--function", KEPT, "--report", "html="], "--report takes json, junit, html and a path"),
        (["check", "--function", KEPT, "--report", "html"], "--report takes json, junit, html and a path, not 'html'"),
        (["check", "--function", KEPT, "--report", "html", "/no/such/a"], "cannot write /no/such/a: no such file"),
        (["check", "--function", KEPT, "--emit-pytest", "/"], "cannot write /: is a directory"),
        (["check", "--function", KEPT, "--known-failing", "/no/file"], "cannot read /no/file: no such file"),
        (["check", "--function", KEPT, "--profile", "/no/file"], "cannot read /no/file: no such file"),
        (["check", "--function", KEPT, "--deadline-s", "soon"], "--deadline-s must be a number of seconds above 0"),
        (["replay", "--function", KEPT], "Missing argument 'TOKEN'"),
        (["replay", "mv2.x", "--function", KEPT], "a token starts with 'mv1.'"),
        (["replay", "mv1.x"], "the token is damaged: copy it whole"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, list) else "",
)
def test_bad_command_lines(shell: Shell, arguments: Sequence[str], complaint: str) -> None:
    """What cannot be obeyed is one line on stderr and exit code 2, before any life."""
    told = shell(*arguments)
    assert (told.code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert told.err.startswith("mindvideo-mock: ")
    assert complaint in told.err


def test_every_obligation_is_judged(shell: Shell) -> None:
    """Without --only, all of them have their row."""
    document = shell("check", "--function", KEPT, "--lives", "1", "--json").json
    assert [each["id"] for each in document["obligations"]] == [*OBLIGATIONS]


def test_an_error_of_the_harness(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong in the harness is told whole and exits 2: it is no verdict on the client."""
    client = "import shutil\n\ndef client(*given):\n    shutil.rmtree('reports', ignore_errors=True)\n"
    (tmp_path / "sabotage.py").write_text(client)
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    told = shell("check", "--function", "sabotage:client", "--lives", "1", "--report", "json", "reports/a.json")
    assert told.code == 2
    assert "FileNotFoundError" in told.err
    assert told.err.endswith("mindvideo-mock: this is an error of the harness, and says nothing about the client\n")


def test_without_the_extra() -> None:
    """Where the harness is not installed, the two commands say what to install; all others work."""
    hidden = "import sys; sys.modules['hypothesis'] = None; from mockserver.cli import main; main()"

    def told(command: str) -> subprocess.CompletedProcess[str]:
        words = [COMMAND[0], "-c", hidden, command]
        return subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)

    refused = told("check")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "mindvideo-mock: this needs more than the server (hypothesis is missing): "
        "pip install 'mindvideo-mock[contracts]'\n"
    )
    assert told("models").returncode == 0


def test_others_do_without_it() -> None:
    """No other command imports the harness."""
    code = "import sys; from mockserver.cli import run; run(['models']); print(*sys.modules)"
    ended = subprocess.run([COMMAND[0], "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"hypothesis", "contracts", "contracts.harness"} & {*ended.stdout.split()} == set()


def test_kinds_of_clients() -> None:
    """Each way to name a client, as the harness has it."""
    assert holding.client({"command": "node 'my client.mjs'"}) == Command(("node", "my client.mjs"))
    assert holding.client({"command": "node x", "compress": 10.0}) == Command(("node", "x"), 10)
    assert holding.client({"worker": "java Worker"}) == Worker(("java", "Worker"))
    assert holding.client({"function": "a:b"}) == Function("a:b")


def test_profiles(tmp_path: Path) -> None:
    """A file, and flags over it; `replay` is told of both."""
    file = tmp_path / "client.toml"
    file.write_text("deadline_s = 60\nmax_attempts = 3\n")
    flags = {"command": "node x", "compress": 2.5, "profile": str(file), "max_attempts": "4", "downloads": True}
    assert holding.profile(flags) == Profile(deadline_s=60, max_attempts=4, downloads=True)
    assert shlex.split(holding.again(flags)) == [
        *("--command", "node x", "--compress", "2.5", "--profile", str(file), "--max-attempts", "4", "--downloads")
    ]


def test_reports_take_two_words() -> None:
    """`--report FORMAT PATH` and `--report FORMAT=PATH` are the same; what is no report is left alone."""
    assert joined(["check", "--report", "html", "a", "--json"]) == ["check", "--report", "html=a", "--json"]
    assert joined(["check", "--report", "html=a", "b"]) == ["check", "--report", "html=a", "b"]
    assert joined(["check", "--report", "html"]) == ["check", "--report", "html"]
    assert joined([]) == []
