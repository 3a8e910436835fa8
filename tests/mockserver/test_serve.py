"""The server as its users start and stop it: a process, its banner, its signals, its exit codes."""

import json
import os
import re
import signal
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from mockserver.client import ControlClient
from mockserver.clock import monotonic_s
from tests.processes import COMMAND, PATIENCE_S, ROOT, environment, said, started
from tests.wire import connected, head, until

STOP_S = 1.0
SLACK_S = 2.0
"""What a busy test machine may add."""

TASK = json.dumps(
    {
        "model": "kling-v3-motion-control",
        "input": {
            "character_orientation": "image",
            "mode": "std",
            "image_url": "https://example.com/ref-image.png",
            "video_url": "https://example.com/ref-video-8s.mp4",
            "prompt": "[mock:stuck]",
        },
    }
).encode()


def create(base_url: str, key: str, body: bytes = TASK) -> dict[str, str]:
    """A task."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urlopen(Request(f"{base_url}/api/v1/tasks", body, headers)) as answer:
        made: dict[str, str] = json.load(answer)
        return made


@pytest.mark.parametrize("options", [(), ("--output-port", "0")], ids=["one listener", "two"])
def test_banner_for_people(options: tuple[str, ...]) -> None:
    """The banner names the base URL, a key, the documents, where files are, and a curl that works when pasted."""
    command = [*COMMAND, "serve", "--port", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        *lines, last = [process.stdout.readline() for _ in range(5 if options else 4)]
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", lines[0])
            assert found
            assert "mv_live_demo" in lines[1]
            assert f"{found[0]}/docs" in lines[2]
            assert [re.search(r"http://127\.0\.0\.1:\d+/outputs/", line) is not None for line in lines[3:]] in (
                [],
                [True],
            )
            pasted = subprocess.run(last.partition("try")[2], shell=True, capture_output=True, check=True)
            assert json.loads(pasted.stdout)["status"] == "queued"
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


@pytest.mark.parametrize("media", ["assume", "fetch", "reject"])
def test_banner_for_programs(media: str) -> None:
    """With `--log-format json` the banner is one line of JSON, and its curl works whatever --media says."""
    with started("--media", media) as server:
        assert server.banner["event"] == "ready"
        assert server.banner["output_url"] is None
        pasted = subprocess.run(server.banner["curl"], shell=True, capture_output=True, check=True)
        assert json.loads(pasted.stdout)["cost_estimate"] == 0.11574
        ended = server.stop(signal.SIGTERM)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_banner_that_nobody_reads() -> None:
    """A server whose output goes nowhere serves all the same, and stops as well as any."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gone, end = os.pipe()
    os.close(gone)
    command = [*COMMAND, "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=end) as process:
        os.close(end)
        control = ControlClient(f"http://127.0.0.1:{port}")
        while not control.is_healthy():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


@pytest.mark.clause("D-AUTH")
def test_strict_keys() -> None:
    """Under `--keys strict` the banner brings a created key that works; another well-formed one does not."""
    with started("--keys", "strict") as server:
        assert create(server.base_url, server.banner["key"])["task_id"]
        with pytest.raises(HTTPError, match="401") as refused:
            create(server.base_url, "mv_live_demo")
        refused.value.close()


@pytest.mark.clause("M-OUTPUT-URL")
@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_output_listener(http: str) -> None:
    """`--output-port` gives output files an origin of their own, which serves them and no control plane."""
    with started("--output-port", "0", "--timing", "instant", "--http", http, "--access-log") as server:
        output_url = server.banner["output_url"]
        assert output_url != server.base_url
        made = create(server.base_url, "mv_live_demo", TASK.replace(b"[mock:stuck]", b"dance"))
        url = made["output"]["videos"][0]["url"]  # type: ignore[index]
        assert url.startswith(f"{output_url}/outputs/")
        with urlopen(url) as file:
            assert file.read(12)[4:8] == b"ftyp"
        with pytest.raises(HTTPError, match="404") as refused:
            urlopen(f"{output_url}/_mock/health")
        refused.value.close()


def test_public_url() -> None:
    """`--public-url` is where output URLs start, and the banner tells it."""
    with started("--public-url", "https://mock.example/base/", "--timing", "instant") as server:
        made = create(server.base_url, "mv_live_demo", TASK.replace(b"[mock:stuck]", b"dance"))
        assert made["output"]["videos"][0]["url"].startswith("https://mock.example/base/outputs/")  # type: ignore[index]
        assert server.banner["public_url"] == "https://mock.example/base/"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("implementation", [("uvloop", "httptools"), ("asyncio", "h11")], ids="/".join)
def test_stop(number: int, implementation: tuple[str, str]) -> None:
    """Both signals end it well within a second, whatever is open: streams, long polls, half requests, idle clients."""
    loop, http = implementation
    key = "Authorization: Bearer mv_live_demo"
    with started("--loop", loop, "--http", http, "--set", "events_format=sse") as server, ExitStack() as stack:

        def sent(request: bytes) -> socket.socket:
            connection = stack.enter_context(connected(server.base_url))
            connection.sendall(request)
            return connection

        task_id = create(server.base_url, "mv_live_demo")["task_id"]
        sent(b"")
        sent(b"GET /_mock/hea")
        sent(head("POST", "/api/v1/tasks", key, "Content-Type: application/json", "Content-Length: 99"))
        sent(head("GET", "/_mock/accounts/mv_live_demo/journal?wait_s=60&status=599"))
        sent(head("GET", "/_mock/media/ref-video-60s-4096x4096.mp4"))
        until(sent(head("GET", "/_mock/health")), b"ok")
        until(sent(head("GET", f"/api/v1/tasks/{task_id}/events", key)), b"task.processing")
        asked_s = monotonic_s()
        ended = server.stop(number)
        assert monotonic_s() - asked_s < STOP_S + SLACK_S
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_answers_under_way_are_finished() -> None:
    """A request whose body is still coming when the stop comes gets its answer, if it comes at once."""
    headers = ("Authorization: Bearer mv_live_demo", "Content-Type: application/json", f"Content-Length: {len(TASK)}")
    with started() as server, connected(server.base_url) as late, connected(server.base_url) as idle:
        idle.sendall(head("GET", "/_mock/health"))
        until(idle, b"ok")
        late.sendall(head("POST", "/api/v1/tasks", *headers, "Expect: 100-continue"))
        until(late, b"100 Continue")
        server.process.send_signal(signal.SIGTERM)
        assert idle.recv(1) == b""
        late.sendall(TASK)
        answer = until(late, b"task_id")
        assert b"connection: close" in answer
        assert server.process.wait(PATIENCE_S) == 0


def test_signal_before_it_is_up(tmp_path: Path) -> None:
    """A signal that comes while it still starts ends it well, too."""
    config = tmp_path / "config.toml"
    os.mkfifo(config)
    command = [*COMMAND, "serve", "--config", str(config)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        with config.open("w"):  # returns once the process reads from the other end, where it then waits
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_port_in_use() -> None:
    """A port that is taken: one line that says so, and exit code 2; the same for the output port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = said("serve", "--port", port)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err == (
            f"mindvideo-mock: cannot listen on 127.0.0.1, port {port}: "
            "address already in use (--port 0 takes a free one)\n"
        )
        ended = said("serve", "--port", "0", "--output-port", port)
        assert ended.code == 2
        assert f"port 0 or {port}: address already in use" in ended.err


def test_unknown_host() -> None:
    """A host that is none of this machine's: one line, exit code 2."""
    ended = said("serve", "--host", "203.0.113.1", "--port", "0")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "mindvideo-mock: cannot listen on 203.0.113.1, port 0: cannot assign requested address\n"


def test_open_bind_is_warned_of() -> None:
    """To listen beyond loopback without an admin token is warned of; the banner names an address that works."""
    with started("--host", "0.0.0.0") as server:
        assert server.base_url.startswith("http://127.0.0.1:")
        with urlopen(f"{server.base_url}/_mock/health") as answer:
            assert answer.status == 200
        warning = json.loads(server.stop(signal.SIGTERM).err)
        assert (warning["level"], "--admin-token" in warning["message"]) == ("warning", True)
    with started("--host", "0.0.0.0", "--admin-token", "secret") as server:
        assert server.stop(signal.SIGTERM).err == ""


def test_access_log() -> None:
    """`--access-log` prints a line for each request, with no API key in it, and none without it."""
    with started("--access-log") as server:
        create(server.base_url, "mv_live_demo")
        urlopen(f"{server.base_url}/_mock/accounts/mv_live_secret").close()
        ended = server.stop(signal.SIGTERM)
    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert [(line["event"], line["method"], line["target"], line["status"]) for line in lines] == [
        ("request", "POST", "/api/v1/tasks", 200),
        ("request", "GET", "/_mock/accounts/mv_live_***", 200),
    ]


def test_no_framework_before_it_is_needed() -> None:
    """Health and a first task need neither FastAPI nor PyAV, nor Typer, Rich, numpy or Prometheus."""
    with started() as server:
        create(server.base_url, "mv_live_demo")
        maps = Path(f"/proc/{server.process.pid}/maps").read_text()
    for library in ("pydantic_core", "/av/", "numpy"):
        assert library not in maps
    code = "import sys, mockserver.cli.running, mockserver.serve; print(*sys.modules)"
    modules = subprocess.run(
        [COMMAND[0], "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"fastapi", "starlette", "pydantic", "av", "numpy", "typer", "rich", "prometheus_client"} & {
        *modules
    } == set()


@pytest.mark.parametrize("path", ["/_mock/health", "/api/v1/tasks/none"])
def test_date_header(path: str) -> None:
    """Answers carry `Date`, and do not tell what serves them."""
    with started() as server, connected(server.base_url) as connection:
        connection.sendall(head("GET", path))
        answer = until(connection, b"}").lower()
        assert b"\r\ndate: " in answer
        assert b"\r\nserver: " not in answer
