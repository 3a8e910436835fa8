"""What a check looks like on a terminal, in a pipe, and in a log."""

import io
import re
from collections.abc import Mapping

import pytest

from contracts.report import plain, terminal
from contracts.verdicts import Result
from tests.contracts.report.results import CRASHED, PAID_TWICE, SECRETS, found, mixed, poisoned, result, ruling, said
from tests.contracts.runs import create, play


class Terminal(io.StringIO):
    """What is written to it is seen by somebody."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of the usual width, with colours, whatever the tests run in."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}.items():
        monkeypatch.setenv(name, value)


def shown(result: Result, file: io.StringIO | None = None) -> str:
    file = io.StringIO() if file is None else file
    terminal.show(result, file)
    return file.getvalue()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_widths(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """No line is wider than the terminal, but for those to copy, which are whole; no word of a promise is lost."""
    monkeypatch.setenv("COLUMNS", f"{columns}")
    text = shown(mixed())
    lines = text.splitlines()
    commands = [line for line in lines if line.startswith("mindvideo-mock replay ")]
    assert max(len(line) for line in lines if line not in commands) <= columns
    tokens = [each.counterexample.token for each in mixed().rulings if each.counterexample is not None]
    assert sorted(commands) == sorted(f"mindvideo-mock replay {token} --command 'node client.mjs'" for token in tokens)
    words = text.split()
    for each in mixed().rulings:
        assert set(each.obligation.promise.split()) <= {*words}


def test_no_wider_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a very wide terminal paragraphs stay narrow."""
    monkeypatch.setenv("COLUMNS", "400")
    lines = [line for line in shown(mixed()).splitlines() if not line.startswith("mindvideo-mock")]
    assert 100 < max(map(len, lines)) <= terminal.WIDEST


def test_table() -> None:
    """Each obligation has its row: id, level, verdict, judged, promise."""
    rows = shown(mixed()).partition("\n\n")[0].splitlines()
    assert rows[0].split() == ["ID", "VERDICT", "JUDGED", "PROMISE"]
    assert rows[1].startswith("K2   M  PASS (listed)      12  All attempts of one logical create")
    assert any(row.startswith("S3   M  NOT EXERCISED       0  A redirect") for row in rows)
    assert any(row.startswith("P15  M  FAIL (known)") for row in rows)


def test_failure() -> None:
    """A failure is told whole: promise, complaint, life, log with marks, keys, notes, and how to see it again."""
    token = found(PAID_TWICE, "K6").token
    text = shown(result(ruling("K6", "FAIL", found(PAID_TWICE, "K6", (2, 3)), readings=("create_status=201",))))
    assert (
        text.partition("\n\n")[2]
        == f"""\
FAIL  K6  At most one charge per logical task, net of refunds and releases.
  One task was wanted, 2 are charged: 0.11574 and 0.11574.
  POST → connection lost after commit → POST with another key → charged twice,
  0.23148

▶ +1.000 s POST …/tasks           connection lost after  key A  task_4f1c2d…,
                                  commit [lost_response] 0.11574 held
▶ +1.500 s POST …/tasks           200 queued             key B  task_99ac2d…,
                                                         0.11574 held
  +3.500 s GET                    200 processing
           …/tasks/task_99ac2d…
  +5.500 s GET                    200 succeeded
           …/tasks/task_99ac2d…
  the client reported succeeded task_99ac2d9e8a7b6c5d4e3f2a1b with 1 URL, after
  6.5 s
  the server: 2 charges, 0.23148
  key A = key-1, B = key-2

  Broken only under create_status=201.
  Broken in 2 of 3 runs of this life.
mindvideo-mock replay {token} --command 'node client.mjs'

FAIL: 1 FAIL. It fails by K6.
200 lives in 12.3 s, seed 0. On the real API these calls would have cost 23.15.
"""
    )


def test_what_is_no_failure_is_told_shorter() -> None:
    """A warning and a known failure have no log; what fails comes first."""
    text = shown(mixed())
    warning = text.partition("WARN  P6")[2].partition("\n\n")[0]
    assert "POST → GET ×301 → succeeded" in warning
    assert "+1.000 s" not in warning
    known = text.partition("FAIL (known)  P15")[2].partition("\n\n")[0]
    assert "Listed as known to fail: ticket 12." in known
    assert "+1.000 s" not in known
    heads = re.findall(r"^(?:PASS|FAIL|WARN|INCONCLUSIVE)[a-z() ]*  (\w+)", text, re.MULTILINE)
    assert heads == ["K2", "K5", "K6", "R4", "L2", "R5", "P15", "P6"]


def test_a_warning_that_fails_is_told_whole() -> None:
    """Under --strict a warning is a failure like others, and so is a must that nothing put to the test."""
    text = shown(result(ruling("P6", "WARN", found(PAID_TWICE, "K6")), ruling("S3", "NOT_EXERCISED"), strict=True))
    assert "▶ +1.000 s" in text
    assert "  No life put it to the test." in text
    assert "It fails by P6 and S3." in text


def test_last_words() -> None:
    """What a crashed client wrote stands below the log."""
    text = shown(result(ruling("L2", "FAIL", found(CRASHED, "L2"))))
    assert "  the client crashed: exit code 1, after 4 s\n  | Traceback\n  |   \\x1b[31mmv_live_***\n" in text


def test_pass_and_error() -> None:
    """The last lines say how it ended; if the harness was wrong, that nothing is said about the client."""
    assert shown(result(ruling("K2", "PASS"))).endswith(
        "\nPASS: 1 PASS.\n200 lives in 12.3 s, seed 0. On the real API these calls would have cost 23.15.\n"
    )
    text = shown(result(ruling("K2", "HARNESS_ERROR"), errors=("The fake charged twice.",)))
    assert "HARNESS ERROR The fake charged twice.\nERROR: the harness cannot be trusted here" in text
    assert "this says nothing about the client" in text


def test_replay() -> None:
    """Of a replay the life is told, and what it broke."""
    file = io.StringIO()
    terminal.show_replay(result(), PAID_TWICE.life, file)
    text = file.getvalue()
    assert text.startswith(
        "task 1: kling-v3-motion-control, succeeded after 6 s\nfault lost_response: create 1 of task 1"
    )
    assert "\nPASS: nothing was judged.\n" in text


@pytest.mark.parametrize(
    ("variables", "codes"),
    [({}, r"\x1b\[1;31m"), ({"NO_COLOR": "1"}, r"\x1b\[1m"), ({"TERM": "dumb"}, "")],
)
def test_colours(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], codes: str) -> None:
    """A terminal has colours, unless NO_COLOR is set or it has none; emphasis is left."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    text = shown(mixed(), Terminal())
    assert ("\x1b" in text) == bool(codes)
    assert re.search(codes, text)
    assert (re.search(r"\x1b\[[0-9;]*3[0-9]m", text) is not None) == (not variables)


def test_plain_elsewhere() -> None:
    """In a pipe or a file there is no escape code, and nothing trails."""
    text = shown(mixed())
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_encodings() -> None:
    """What the encoding of the output cannot say becomes a question mark, not a crash."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii", newline="\n") as file:
        terminal.show(mixed(), file)
        file.flush()
        assert b"POST ? connection lost after commit ? POST" in raw.getvalue()


def test_nothing_dangerous_is_printed() -> None:
    """No key and no control character of anybody's, and markup of Rich's is text."""
    text = shown(poisoned(), Terminal())
    for secret in SECRETS:
        assert secret not in text
    assert "<script>" in text
    assert re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\n", "").isprintable()
    assert "[bold]x[/bold]" in shown(result(ruling("K2", "FAIL", message="[bold]x[/bold]"), client="x"))


def test_again_without_a_command() -> None:
    """A client without a name on a command line is replayed from Python."""
    token = found(PAID_TWICE, "K6").token
    made = plain.again(result(flags=""), token)
    assert made == f'contracts.harness.replay(client, contracts.lives.from_token("{token}"), options)'


def test_failures_as_a_text() -> None:
    """For an assertion: everything that fails, log and all, and nothing else."""
    text = plain.failures(mixed())
    assert text.startswith("FAIL in 200 lives, seed 0\n\nK2: All attempts")
    assert "▶ +1.000 s  POST …/tasks" in text
    assert "Listed as known to fail: ticket 11. It passes: take it off the list." in text
    assert "P15:" not in text
    assert "HARNESS ERROR: No." in plain.failures(result(errors=("No.",)))


def test_a_log_that_is_too_long() -> None:
    """What is left out of it is counted; a run without keys has no list of them."""
    many = play(*[create(503, key=f"{number}") for number in range(100)])
    assert "then 40 exchanges left out here" in plain.failures(result(ruling("R12", "FAIL", said(many))))
    bare = plain.failures(result(ruling("K1", "FAIL", found(play(create(key=None)), "K1"))))
    assert "without a key" in bare
    assert "  key " not in bare
