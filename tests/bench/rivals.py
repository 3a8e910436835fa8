"""Other mocks, beside ours in the same run: installed by npm into build/rivals, on the server's core as well.

Node runs JavaScript on one thread and its helpers on more; here all of them share the one core.
"""

import json
import shutil
import subprocess
from pathlib import Path

from tests.bench.asked import BODY, Asked, create
from tests.bench.servers import Server, Targets, call
from tests.processes import ROOT

FOLDER = ROOT / "build" / "rivals"
PACKAGES = {"@copilotkit/aimock": "^1.43.0", "@stoplight/prism-cli": "^5.14.2"}
INSTALL_S = 300
FIXTURE = Path(__file__).parent / "aimock.json"
"""One for any prompt: a job that has succeeded. It is found by its endpoint alone, which costs least."""

JOBS = "/api/v3/contents/generations/tasks"
JOB = (
    '{"model":"seedance-1-5-pro","content":[{"type":"text","text":"人物按参考视频动作起舞,动作连贯,写实风格 {n}"},'
    '{"type":"image_url","image_url":{"url":"https://example.com/ref-image.png"}},'
    '{"type":"video_url","video_url":{"url":"https://example.com/ref-video-8s.mp4"}}]}'
)


def rivals() -> list[Server]:
    """aimock, whose video jobs of BytePlus Ark are nearest to ours, and Prism, which mocks our own document."""
    why = install()
    modules = FOLDER / "node_modules"
    aimock = (f"{modules}/@copilotkit/aimock/dist/cli.js", "-p", "{port}", "-f", f"{FIXTURE}", "--log-level", "silent")
    prism = (f"{modules}/@stoplight/prism-cli/dist/index.js", "mock", "-p", "{port}", "-v", "silent")
    return [
        Server("aimock", ("node", *aimock), "/health", _aimock, _version("@copilotkit/aimock"), why),
        Server(
            "Prism",
            ("node", *prism, "contracts/openapi.json"),
            "/api/v1/tasks/task_any",
            _prism,
            _version("@stoplight/prism-cli"),
            why,
        ),
    ]


def install() -> str:
    """Have them installed; why they are not, or nothing."""
    if not (shutil.which("npm") and shutil.which("node")):
        return "npm and node are not on PATH"
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = json.dumps({"private": True, "dependencies": PACKAGES})
    manifest = FOLDER / "package.json"
    if not manifest.exists() or manifest.read_text() != wanted or not all(map(_version, PACKAGES)):
        manifest.write_text(wanted)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        try:
            done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_S, check=False)
        except subprocess.TimeoutExpired:
            return f"npm did not install it within {INSTALL_S} s"
        if done.returncode:
            return f"npm could not install it: {(done.stderr.strip() or 'no reason given').splitlines()[0]}"
    return ""


def _version(package: str) -> str:
    """What is installed, with the Node it runs on; nothing where it is not."""
    try:
        found = json.loads((FOLDER / "node_modules" / package / "package.json").read_text())["version"]
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, ValueError, subprocess.CalledProcessError):
        return ""
    return f"{found}, Node {node}"


def _aimock(base_url: str) -> Targets:
    """A job of this round: only the latest 10,000 are kept."""
    job = call(f"{base_url}{JOBS}", JOB.replace("{n}", "first").encode())["id"]
    return {"GET": Asked("GET", f"{JOBS}/{job}"), "POST": create(JOBS, JOB)}


def _prism(_: str) -> Targets:
    """It keeps nothing: any task will do."""
    return {"GET": Asked("GET", "/api/v1/tasks/task_4a641b4726659c6b7861be3f"), "POST": create(body=BODY)}
