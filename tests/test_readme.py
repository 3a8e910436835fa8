"""Every listing of the README is run: shells against a real server, the suite as a suite, answers by their shape."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.serving import serving

ROOT = Path(__file__).parents[1]
ORIGIN = "http://127.0.0.1:8000"
README = (ROOT / "README.md").read_text()


def listings(language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def shell(script: str, folder: Path) -> str:
    """What a script prints; it must succeed, every command of it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def shape(document: Any) -> Any:
    """Names and kinds of values, without the values."""
    if isinstance(document, dict):
        return {name: shape(value) for name, value in document.items()}
    if isinstance(document, list):
        return [shape(value) for value in document]
    return type(document).__name__


@pytest.mark.clause("D-CREATE", "D-READ", "D-OUTPUT", "D-COST")
def test_shell_listings(tmp_path: Path) -> None:
    """The commands work one after the other, as a newcomer would type them, and the answers look as shown."""
    serve, create, follow, *others = listings("bash")
    assert serve == "make serve\n"
    created, ended = (json.loads(text) for text in listings("json"))
    with serving() as base_url:
        answer = json.loads(shell(create.replace(ORIGIN, base_url), tmp_path))
        assert shape(answer) == shape(created)
        assert answer["cost_estimate"] == created["cost_estimate"]
        shell(follow.replace(ORIGIN, base_url), tmp_path)
        answer = json.loads((tmp_path / "answer.json").read_text())
        assert shape(answer) == shape(ended)
        assert b"ftyp" in (tmp_path / "output.mp4").read_bytes()[:16]
        for script in others:
            assert '"error"' not in shell(script.replace(ORIGIN, base_url), tmp_path)
    assert "create_status" in (tmp_path / "dialect.toml").read_text()


def test_commands_named_in_the_text() -> None:
    """Every `mindvideo-mock` command and every make target that the text names exists."""
    menu = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in re.findall(r"`make\s+(\w+)", README):
        assert f"make {target} " in menu
    for command in sorted(set(re.findall(r"mindvideo-mock (\w+)", README))):
        shell(f"mindvideo-mock {command} --help", ROOT)


def test_python_listing(pytester: pytest.Pytester) -> None:
    """The suite passes as it stands, with the plugin that the installed package brings."""
    suite, _ = listings("python")
    pytester.makepyfile(suite)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_client_listing(tmp_path: Path) -> None:
    """The client of the README breaks what it is said to break, and the check says so in these words."""
    _, client = listings("python")
    (told,) = listings("console")
    (tmp_path / "shop.py").write_text(client)
    command = "mindvideo-mock check --function shop:generate --only K6 --lives 330 > out.txt || [ $? = 1 ]"
    shell(command, tmp_path)
    said = " ".join((tmp_path / "out.txt").read_text().split())
    for line in told.splitlines()[3:]:
        for part in line.strip().split("…"):
            assert " ".join(part.split()) in said


def test_service_listing() -> None:
    """The CI service publishes the port that the image listens on, and the tests are told of it."""
    (workflow,) = listings("yaml")
    job = yaml.safe_load(workflow)["jobs"]["test"]
    assert job["services"]["mindvideo"]["ports"] == ["8000:8000"]
    assert "EXPOSE 8000" in (ROOT / "Dockerfile").read_text()
    assert job["steps"][-1]["env"]["MINDVIDEO_MOCK_URL"] == ORIGIN
