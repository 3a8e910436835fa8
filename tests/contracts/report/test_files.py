"""The user's files: what is known to fail, and what a client claims. The tests that a check writes."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from contracts.harness import Command, Function
from contracts.report import Unusable, known, profile, pytest_file
from contracts.run import Profile
from tests.contracts.report.results import SECRETS, mixed, poisoned


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.toml"


def test_known(file: Path) -> None:
    """Ids and reasons."""
    file.write_text('K8 = "keys are time stamps, ticket 12 "\nP6 = "soon"\n')
    assert known.read(str(file)) == {"K8": "keys are time stamps, ticket 12", "P6": "soon"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('K99 = "x"', "there is no obligation K99; there are K1, K2,"),
        ("K8 = 12", "K8 needs a reason, as text"),
        ('K8 = " "', "K8 needs a reason, as text"),
        ("K8", "is no TOML file: "),
        ("\xff", "is no TOML file: "),
    ],
)
def test_bad_known(file: Path, text: str, said: str) -> None:
    """What is wrong is said in one line that names the file."""
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(Unusable) as refused:
        known.read(str(file))
    assert str(file) in str(refused.value)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_no_file(file: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(Unusable, match=r"^cannot read .*file\.toml: no such file or directory$"):
        known.read(str(file))


def test_every_claim_can_be_made() -> None:
    """The table of claims is that of the profile."""
    assert [*profile.CLAIMS] == [field.name for field in fields(Profile)]


def test_profile(file: Path) -> None:
    """Every claim, in a file and by flags; a flag wins."""
    file.write_text("""
        sends_idempotency_key = false
        max_attempts = 3
        request_timeout_s = 2.5
        deadline_s = 60
        poll_interval_s = [1, 5.5]
        downloads = true
        retries_create = false
    """)
    read = profile.read(str(file))
    assert read == Profile(False, 3, 2.5, 60, (1, 5.5), True, False)
    flags = {"max_attempts": "4", "poll_interval_s": "0.5,2", "deadline_s": "1e2", "downloads": False}
    assert profile.claimed(read, flags) == Profile(False, 4, 2.5, 100, (0.5, 2), False, False)
    assert profile.claimed(Profile(), {}) == Profile()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dead_line_s = 1", "dead_line_s is no claim (did you mean deadline_s?); there are sends_idempotency_key, "),
        ("xyzzy = 1", "xyzzy is no claim; there are "),
        ("downloads = 1", "downloads must be true or false, not 1"),
        ("deadline_s = 0", "deadline_s must be a number of seconds above 0, not 0"),
        ("deadline_s = inf", "deadline_s must be a number of seconds above 0, not inf"),
        ("deadline_s = nan", "deadline_s must be a number of seconds above 0, not nan"),
        ("deadline_s = true", "deadline_s must be a number of seconds above 0, not True"),
        ("max_attempts = 1.5", "max_attempts must be a whole number from 1, not 1.5"),
        ("max_attempts = 0", "max_attempts must be a whole number from 1, not 0"),
        ("max_attempts = inf", "max_attempts must be a whole number from 1, not inf"),
        ("max_attempts = []", "max_attempts must be a whole number from 1, not []"),
        ("poll_interval_s = 3", "poll_interval_s must be two numbers of seconds, the least and the most, not 3"),
        ("poll_interval_s = [3]", "poll_interval_s must be two numbers of seconds"),
        ("poll_interval_s = [3, 1]", "poll_interval_s must be two numbers of seconds"),
        ("poll_interval_s = [0, inf]", "poll_interval_s must be two numbers of seconds"),
    ],
)
def test_bad_profile(file: Path, text: str, said: str) -> None:
    """The claim with a bad value is named, and what it must be."""
    file.write_text(text)
    with pytest.raises(Unusable) as refused:
        profile.read(str(file))
    assert str(refused.value).startswith(f"{file}: {said}")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("max_attempts", "many", "--max-attempts must be a whole number from 1, not 'many'"),
        (
            "poll_interval_s",
            "1-2",
            "--poll-interval-s must be two numbers of seconds, the least and the most, not '1-2'",
        ),
    ],
)
def test_bad_flags(name: str, value: str, said: str) -> None:
    """A flag is named as it was written."""
    with pytest.raises(Unusable) as refused:
        profile.claimed(Profile(), {name: value})
    assert str(refused.value).startswith(said)


def test_kept_as_tests() -> None:
    """Each counterexample is a test with the life in words and a whole token; client and claims stand on top."""
    made = mixed()
    client, claims = Command(("node", "client's.mjs"), 10), Profile(deadline_s=60, poll_interval_s=(1, 2))
    text = pytest_file.source(made, client, claims)
    tree = ast.parse(text)
    assert max(map(len, text.splitlines())) <= 120
    tests = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name != "held"}
    found = {f"test_{each.obligation.id.lower()}": each.counterexample for each in made.rulings if each.counterexample}
    assert [*tests] == [*found]
    for name, counterexample in found.items():
        calls = [node.value for node in tests[name].body if isinstance(node, ast.Expr)]
        held = calls[-1]
        assert isinstance(held, ast.Call)
        assert [ast.literal_eval(each) for each in held.args] == [name[5:].upper(), counterexample.token]
    told = " ".join((ast.get_docstring(tests["test_k6"]) or "").split())
    assert told == (
        "K6: At most one charge per logical task, net of refunds and releases. "
        "One task was wanted, 2 are charged: 0.11574 and 0.11574. "
        "POST → connection lost after commit → POST with another key → charged twice, 0.23148"
    )
    names = {"Command": Command, "Profile": Profile}
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    values = {ast.unparse(node.targets[0]): eval(ast.unparse(node.value), names) for node in assigned}
    assert values == {"CLIENT": client, "PROFILE": claims}


def test_tests_hold_nothing_dangerous() -> None:
    """Whatever a client said, the file can be read, and holds no key."""
    text = pytest_file.source(poisoned(), Function("a:b"), Profile())
    ast.parse(text)
    assert "\nPROFILE = Profile()\n" in text
    for secret in SECRETS:
        assert secret not in text
