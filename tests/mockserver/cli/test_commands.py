"""Every command but `serve`: what it prints for people, what for programs, and how it exits."""

import io
import json
import os
import pty
import shlex
import subprocess
import tomllib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from mockserver import __version__, models
from mockserver.clauses import clauses
from mockserver.cli import run
from mockserver.dialect import DEFAULT, as_json, load_toml
from mockserver.server import Server
from tests.processes import COMMAND, ROOT, Said, environment, said
from tests.requests import kling

MODEL = "kling-v3-motion-control"
COMMANDS = ["serve", "healthcheck", "models", "clauses", "dialect", "openapi", "request", "validate", "migrate"]


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
    """A shell in a terminal of the usual width, without any variable of ours."""
    for name in [name for name in os.environ if name.startswith("MINDVIDEO_MOCK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    return Shell(capsys)


@pytest.mark.parametrize("command", COMMANDS)
def test_help(shell: Shell, command: str) -> None:
    """Each command explains itself, with examples that begin as one would type them."""
    told = shell(command, "--help")
    assert told.code == 0
    assert f"Usage: mindvideo-mock {command}" in told.out
    assert f"\n  mindvideo-mock {command}" in told.out
    assert "\x1b" not in told.out
    assert command in shell("--help").out


def test_no_command(shell: Shell) -> None:
    """Without a command there is help; none of its lines is cut off."""
    told = shell()
    assert told.code == 0
    assert told.out == shell("--help").out
    assert "..." not in told.out.partition("Commands:")[2]


def test_version(shell: Shell) -> None:
    """The version is that of the package."""
    assert shell("--version").out == f"mindvideo-mock {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["sevre"], "No such command 'sevre'"),
        (["serve", "--prot", "1"], "No such option: --prot"),
        (["serve", "extra"], "unexpected extra argument"),
        (["serve", "--port"], "requires an argument"),
        (["serve", "--port", "x"], "--port must be a whole number"),
        (["serve", "--config", "--port"], "cannot read --port"),
        (["models", "kling"], "there is no model 'kling': did you mean kling-v3?"),
        (["models", "xyzzy"], "there is no model 'xyzzy': 'mindvideo-mock models' lists them"),
        (["request"], "Missing argument 'SLUG'"),
        (["validate", "/no/such/file"], "cannot read /no/such/file: no such file or directory"),
        (["dialect", "--set", "x"], "--set must be name=value"),
        (["healthcheck", "--prot"], "No such option: --prot"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_command_lines(shell: Shell, arguments: list[str], complaint: str) -> None:
    """What cannot be obeyed is one line on stderr and exit code 2."""
    told = shell(*arguments)
    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert told.err.startswith("mindvideo-mock: ")
    assert complaint in told.err


def test_healthcheck(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """0 from a server that is ready, named or where the environment says; 1 from any other, or none."""
    with Server() as server:
        assert shell("healthcheck", server.base_url) == Said(0, "ok\n", "")
        assert shell("healthcheck", f"{server.base_url}/").code == 0
        told = shell("healthcheck", f"{server.base_url}/nowhere")
        assert (told.code, told.err) == (1, f"mindvideo-mock: {server.base_url}/nowhere answers 404\n")
        monkeypatch.setenv("MINDVIDEO_MOCK_PORT", server.base_url.rpartition(":")[2])
        monkeypatch.setenv("MINDVIDEO_MOCK_HOST", "0.0.0.0")
        assert shell("healthcheck").code == 0
        assert shell("healthcheck", "--", server.base_url).code == 0
    told = shell("healthcheck")
    assert told.code == 1
    assert "does not answer" in told.err


@pytest.mark.parametrize("url", ["localhost", "http://", "ftp://a", "http://a:x"])
def test_healthcheck_of_no_url(shell: Shell, url: str) -> None:
    """What is no URL is exit code 2."""
    assert shell("healthcheck", url) == Said(2, "", f"mindvideo-mock: {url!r} is no http(s) URL\n")


def test_healthcheck_is_light() -> None:
    """The health check of a container imports neither Typer nor the server."""
    code = "import sys; from mockserver.cli import run; run(['healthcheck', 'http://127.0.0.1:1']); print(*sys.modules)"
    ended = subprocess.run([COMMAND[0], "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"typer", "rich", "asyncio", "orjson", "uvicorn", "mockserver.dialect"} & {*ended.stdout.split()} == set()


def test_models(shell: Shell) -> None:
    """All models are listed, one a line, or as JSON."""
    told = shell("models").out
    assert "\x1b" not in told
    lines = told.splitlines()
    assert [line.split()[0] for line in lines] == ["MODEL", *models.slugs()]
    line = next(line for line in lines if line.startswith(f"{MODEL} "))
    assert line.split(maxsplit=4)[1:] == ["videos", "complete", "documented", "0.11574 std, 0.15426 pro"]
    listed = shell("models", "--json").json
    assert [model["slug"] for model in listed] == list(models.slugs())
    assert {"name", "output", "coverage", "grade", "takes", "prices"} <= listed[0].keys()


@pytest.mark.parametrize("slug", models.slugs())
def test_model(shell: Shell, slug: str) -> None:
    """Each model is shown in detail, or whole as JSON."""
    model = models.get(slug)
    assert model is not None
    told = shell("models", slug).out
    for member in model.document["input_schema"]["schema"].get("properties", {}):
        assert member in told
    assert shell("models", slug, "--json").json == model.document


def test_main_model(shell: Shell) -> None:
    """What matters of a model: members, what they take, which are required, defaults, rules, price."""
    told = shell("models", MODEL).out
    assert "price 0.11574 std, 0.15426 pro" in told
    line = next(line for line in told.splitlines() if line.startswith("mode "))
    assert line.split() == ["mode", "std", "|", "pro", "required", "std"]
    assert "character_orientation image: video_url of 3 to 10 s" in told


def test_clauses(shell: Shell, tmp_path: Path) -> None:
    """Every clause with its grade, the number of its tests and how they ended, as conftest.py recorded it."""
    record = tmp_path / "clauses.json"
    record.write_text(json.dumps({"clauses": {"D-CREATE": {"tests": 3, "outcome": "failed", "passed": 2}}}))
    lines = shell("clauses", "--record", str(record)).out.splitlines()
    assert len(lines) == 1 + len(clauses())
    assert lines[1].split(maxsplit=4)[:4] == ["D-CREATE", "documented", "3", "failed"]
    assert lines[1].endswith(clauses()["D-CREATE"].sentence)
    listed = shell("clauses", "--json", "--record", str(record)).json
    assert [(each["id"], each["tests"], each["result"]) for each in listed[:2]] == [
        ("D-CREATE", 3, "failed"),
        ("D-READ", 0, None),
    ]


def test_clauses_of_the_last_run(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the project's folder the record of the last run is found; elsewhere it is said that there is none."""
    monkeypatch.chdir(tmp_path)
    told = shell("clauses")
    assert (told.code, len(told.out.splitlines())) == (0, 1 + len(clauses()))
    assert "no test run is recorded here" in told.err
    Path(".pytest_cache").mkdir()
    Path(".pytest_cache", "clauses.json").write_text('{"clauses": {"D-READ": {"tests": 1, "outcome": "passed"}}}')
    told = shell("clauses")
    assert told.err == ""
    assert told.out.splitlines()[2].split()[:4] == ["D-READ", "documented", "1", "passed"]


@pytest.mark.parametrize("text", ["", "[]", "{}", "no"])
def test_clauses_of_no_record(shell: Shell, tmp_path: Path, text: str) -> None:
    """A file that is no record is exit code 2, as is one that is not there."""
    record = tmp_path / "clauses.json"
    assert "no such file" in shell("clauses", "--record", str(record)).err
    record.write_text(text)
    told = shell("clauses", "--record", str(record))
    assert (told.code, told.err) == (2, f"mindvideo-mock: {record} is no record of a test run\n")


def test_dialect(shell: Shell, tmp_path: Path) -> None:
    """The dialect is TOML that reads back as the same; each setting comes with variants, default, reason, clause."""
    told = shell("dialect").out
    assert load_toml(told) == DEFAULT
    assert '# "never" or a number of seconds, 0 or more. Default: 86400. Clause A-IDEM-TTL.' in told
    told = shell("dialect", "--set", "idempotency_ttl_s=never", "--set", "rate_limit=3/60").out
    file = tmp_path / "dialect.toml"
    file.write_text(told)
    assert tomllib.loads(told)["rate_limit"] == "3/60"
    assert shell("dialect", "--dialect", str(file)).out == told
    spoken = shell("dialect", "--dialect", str(file), "--set", "rate_limit=none", "--json").json
    assert spoken == as_json(DEFAULT) | {"idempotency_ttl_s": "never"}


def test_openapi(shell: Shell) -> None:
    """The public document is the one that is checked in; a dialect changes it."""
    assert shell("openapi").out == (ROOT / "contracts" / "openapi.json").read_text()
    document = shell("openapi", "--set", "create_status=202", "--server-url", "http://mock").json
    assert "202" in document["paths"]["/api/v1/tasks"]["post"]["responses"]
    assert document["servers"] == [{"url": "http://mock"}]


def test_openapi_of_the_control_plane(shell: Shell) -> None:
    """The control plane's document is the one that a server shows."""
    with Server() as server, urlopen(server.url("/_mock/openapi.json")) as answer:
        assert shell("openapi", "--control").json == json.load(answer)


@pytest.mark.parametrize("slug", models.slugs())
def test_requests_are_valid(shell: Shell, monkeypatch: pytest.MonkeyPatch, slug: str) -> None:
    """The request that is printed for a model is one that its contract accepts."""
    body = shell("request", slug, "--json").out
    assert json.loads(body)["model"] == slug
    told = piped(shell, monkeypatch, body.encode(), "--json")
    assert told.code == 0, told.out


def test_request_is_a_command(shell: Shell) -> None:
    """What is printed runs as it stands: with a fresh idempotency key or a given one, whatever it holds."""
    with Server() as server:
        line = shell("request", MODEL, "--base-url", f"{server.base_url}/").out
        ended = subprocess.run(line, shell=True, capture_output=True, check=True)
        assert json.loads(ended.stdout)["cost_estimate"] == 0.11574
        account = server.control.account("mv_live_demo")
        key = account.journal()[0]["idempotency_key"]
        assert key is not None
        assert key.startswith("task_1")
        options = ("--base-url", server.base_url, "--key", "mv_test_me", "--idempotency-key", "it's")
        subprocess.run(shell("request", MODEL, *options).out, shell=True, capture_output=True, check=True)
        assert server.control.account("mv_test_me").journal()[0]["idempotency_key"] == "it's"


def piped(shell: Shell, monkeypatch: pytest.MonkeyPatch, body: bytes, *options: str) -> Said:
    """`validate` of what comes on standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(body)))
    return shell("validate", "-", *options)


Validate = Callable[..., Said]


@pytest.fixture
def validate(shell: Shell, tmp_path: Path) -> Validate:
    """Validates a file that holds this body."""

    def validated(body: object, *options: str) -> Said:
        file = tmp_path / "request.json"
        file.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
        return shell("validate", str(file), *options)

    return validated


def test_valid(validate: Validate) -> None:
    """A good body: exit code 0, what it would cost, and what had to be assumed."""
    told = validate(kling())
    assert told == Said(0, "valid: a create would be answered 200, cost_estimate 0.11574, video_url assumed\n", "")
    assert validate(kling(), "--json", "--set", "create_status=201").json == {
        "valid": True,
        "status": 201,
        "violations": [],
        "assumed": ["video_url"],
        "cost_estimate": 0.11574,
    }
    told = validate(kling(video_url="http://127.0.0.1:8000/_mock/media/ref-video-4s.mp4"))
    assert told.out == "valid: a create would be answered 200, cost_estimate 0.11574\n"


def test_every_violation(validate: Validate) -> None:
    """All that is wrong is told at once, also what a server would come to later: members, schema, media, length."""
    image = "data:image/png;base64," + b64encode(b"no image").decode()
    body = kling(mode="ultra", image_url=image, video_url="nowhere") | {"surplus": 1}
    told = validate(body, "--json")
    assert told.code == 1
    violations = {(each["param"], each["clause"]) for each in told.json["violations"]}
    assert violations == {
        ("/surplus", "D-CREATE"),
        ("/input/mode", "D-SCHEMA"),
        ("/input/image_url", "D-INPUT"),
        ("/input/video_url", "D-INPUT"),
    }
    assert (told.json["valid"], told.json["status"], told.json["cost_estimate"]) == (False, 400, None)
    body = kling(mode="ultra", video_url="https://example.com/a-31s.mp4")
    lines = validate(body, "--set", "validation_status=422").out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["WHERE", "CLAUSE"],
        ["/input/mode", "D-SCHEMA"],
        ["/input/video_url", "D-DURATION"],
    ]
    assert lines[-1] == "invalid: a create would be answered 422"


def test_video_is_looked_at(validate: Validate) -> None:
    """A video in a data: URI is really probed."""
    with Server() as server, urlopen(server.url("/_mock/media/ref-video-2s-64x64.mp4")) as answer:
        video = "data:video/mp4;base64," + b64encode(answer.read()).decode()
    violations = validate(kling(video_url=video), "--json").json["violations"]
    assert [(each["param"], each["clause"]) for each in violations] == [("/input/video_url", "D-DURATION")]
    assert "2 s long" in violations[0]["message"]


def test_task_that_would_fail(validate: Validate) -> None:
    """Where durations are judged in the task, a bad one is no refusal, but no good either."""
    told = validate(kling(video_url="https://example.com/a-31s.mp4"), "--set", "duration_check=in_task")
    assert told.code == 1
    assert told.out.splitlines()[-1] == "invalid: a create would be answered 200, and its task would fail"


@pytest.mark.parametrize(
    ("body", "where", "clause"),
    [
        pytest.param(b"{", "(body)", "H-JSON", id="no JSON"),
        pytest.param(b"[]", "(body)", "D-CREATE", id="no object"),
        pytest.param({"model": "none", "input": {}}, "/model", "D-CREATE", id="no model"),
        pytest.param({"model": MODEL, "input": []}, "/input", "D-CREATE", id="no input"),
        pytest.param(b" " * (11 * 2**20), "(body)", "H-SIZE", id="too large"),
    ],
)
def test_no_request_at_all(validate: Validate, body: Any, where: str, clause: str) -> None:
    """What is no create at all is told as a server would tell it."""
    told = validate(body)
    assert (told.code, told.out.splitlines()[1].split()[:2]) == (1, [where, clause])


def test_upstream_rules(validate: Validate) -> None:
    """In another dialect more may be wrong."""
    body = kling(prompt="x" * 2501)
    assert validate(body).code == 0
    told = validate(body, "--set", "media_rules=upstream", "--json").json
    assert [each["clause"] for each in told["violations"]] == ["U-SCHEMA"]


@pytest.mark.parametrize("no_color", [False, True])
def test_colours_only_on_a_terminal(no_color: bool) -> None:
    """A table's head is bold on a terminal, and nothing has a colour there under NO_COLOR; in a pipe it is plain."""
    main, other = pty.openpty()
    more = {"TERM": "xterm", "COLUMNS": "100"} | ({"NO_COLOR": "1"} if no_color else {})
    with subprocess.Popen([*COMMAND, "models"], cwd=ROOT, env=environment(more), stdout=other) as process:
        os.close(other)
        shown = b""
        with open(main, "rb", buffering=0) as terminal:
            while part := read(terminal):
                shown += part
    assert process.returncode == 0
    assert b"\x1b[1m" in shown
    assert b"\x1b[3" not in shown


def read(terminal: io.RawIOBase | Any) -> bytes:
    """What the terminal shows next; nothing once the program has ended."""
    try:
        got: bytes = terminal.read(65536)
    except OSError:
        return b""
    return got


def test_as_a_process() -> None:
    """The command as a process: its exit code is the one that was decided, and it can be piped."""
    assert said("models", "kling").code == 2
    line = f"{shlex.join(COMMAND)} request {MODEL} --json | {shlex.join(COMMAND)} validate - | head -n 1"
    ended = subprocess.run(line, shell=True, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("valid: ")


def test_interrupted(tmp_path: Path) -> None:
    """Ctrl-C ends a command with exit code 130, and no traceback."""
    fifo = tmp_path / "request.json"
    os.mkfifo(fifo)
    with (
        subprocess.Popen(
            [*COMMAND, "validate", str(fifo)], cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True
        ) as process,
        fifo.open("w"),
    ):  # returns once the process reads from the other end, where it then waits
        process.send_signal(2)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
