"""What CONTRIBUTING.md says the tools hold, where no linter does."""

import ast
import json
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from mockserver.clauses import clauses

ROOT = Path(__file__).parents[1]
FOLDERS_AT_THE_TOP = {"contracts", "fixtures", "mockserver", "tests"}
PROSE_AT_THE_TOP = {"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md"}
TOOLS_AT_THE_TOP = {"Dockerfile", "Makefile", "compose.yaml", "constraints.txt", "pyproject.toml", "schemathesis.toml"}


def sources(*folders: str) -> list[Path]:
    return sorted(chain.from_iterable((ROOT / folder).rglob("*.py") for folder in folders))


def committed() -> set[str]:
    """What git knows of the tree; None of it where the tree was unpacked from a source distribution."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return set(listing.stdout.splitlines())


def test_top_level() -> None:
    """The top level holds the files and the four folders of the design, and nothing else but dotfiles."""
    entries = {path.split("/")[0] for path in committed()}
    entries = {entry for entry in entries if not entry.startswith(".")}
    assert entries <= FOLDERS_AT_THE_TOP | PROSE_AT_THE_TOP | TOOLS_AT_THE_TOP


@pytest.mark.parametrize("path", sources("mockserver", "contracts"), ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes(path: Path) -> None:
    """A file of the two packages has at most 300 lines, a function at most 70."""
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 70] == []


def test_constraints_hold_no_address() -> None:
    """`constraints.txt` is names and versions only."""
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        name, version = line.split("==")
        assert name.replace("-", "").replace("_", "").replace(".", "").isalnum()
        assert version.replace(".", "").isalnum()


def test_menu_lists_every_target() -> None:
    """`make` alone prints a line for each target that can be asked for."""
    makefile = (ROOT / "Makefile").read_text()
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:")).split()[1:]
    menu = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line.split()[1] for line in menu.splitlines()] == phony


def test_make_says_when_no_python_is_new_enough(tmp_path: Path) -> None:
    """Without Python 3.11 or newer, `make` says so in one line and stops."""
    command = ["make", "-s", "PYTHON=", f"VENV={tmp_path / 'venv'}", "serve"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "No Python 3.11 or newer" in answer.stdout


def clause_marks(path: Path) -> Iterator[str]:
    """The ids in every `pytest.mark.clause("…")` of a file, wherever it stands and whatever is selected to run."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.clause":
            assert all(isinstance(argument, ast.Constant) for argument in node.args), f"write the ids out: {path}"
            yield from (str(ast.literal_eval(argument)) for argument in node.args)


def test_clauses_and_tests_know_each_other() -> None:
    """Every clause that a test names exists, and every documented one is named by a test."""
    named = {clause for path in sources("tests") for clause in clause_marks(path)}
    documented = {clause.id for clause in clauses().values() if clause.grade == "documented"}
    assert named - clauses().keys() == set()
    assert documented - named == set()


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_clause_record(pytester: pytest.Pytester, workers: str) -> None:
    """The record holds, for each clause, its tests and their worst outcome, also where several processes ran them."""
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text())
    pytester.makepyfile("""
        import pytest

        pytestmark = pytest.mark.clause("D-1")

        @pytest.mark.parametrize("value", [1, 2])
        @pytest.mark.clause("D-2")
        def test_value(value):
            assert value == 1

        @pytest.fixture
        def broken():
            yield
            raise AssertionError

        @pytest.mark.clause("D-3", "D-4")
        def test_tear_down(broken):
            pass

        @pytest.mark.clause("D-4")
        def test_passes():
            pass
    """)
    options = ("-q", "-p", "no:mindvideo", "-p", "no:schemathesis", "-W", "ignore::pytest.PytestUnknownMarkWarning")
    pytester.runpytest_subprocess(workers, *options)
    record = json.loads((pytester.path / ".pytest_cache" / "clauses.json").read_text())
    assert record == {
        "clauses": {
            "D-1": {"tests": 4, "outcome": "failed", "passed": 2, "failed": 2},
            "D-2": {"tests": 2, "outcome": "failed", "passed": 1, "failed": 1},
            "D-3": {"tests": 1, "outcome": "failed", "failed": 1},
            "D-4": {"tests": 2, "outcome": "failed", "passed": 1, "failed": 1},
        }
    }
