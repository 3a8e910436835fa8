"""`mindvideo-mock check`: holds a client to the contract, and shows what came of it."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.cli import holding
from mockserver.cli.holding import Flags
from mockserver.cli.options import BadOption
from mockserver.clock import token

if TYPE_CHECKING:
    from contracts.harness import Options
    from contracts.verdicts import Result

PASSED_ON = ("lives", "max_time", "jobs", "dialects", "strict", "fail_fast")
FORMATS = ("json", "junit", "html")


def run(flags: Flags) -> int:
    """The exit code: 0 kept, 1 broken, 2 an error of the harness.

    Raises:
        BadOption: for the first flag that cannot be obeyed; before anything runs.
    """
    from contracts import harness
    from contracts.report import document, progress, pytest_file, terminal

    client, options = holding.client(flags), _options(flags)
    reports = _reports(flags.get("report", []))
    tests = flags.get("emit_pytest")
    for path in (*reports, *([tests] if tests else [])):
        _writable(path)
    with progress.shown(sys.stderr) as watch:
        result = holding.held(partial(harness.check, client, options, watch))
    result = replace(result, flags=holding.again(flags))
    for path, render in reports.items():
        _write(path, render(result))
    if tests:
        _write(tests, pytest_file.source(result, client, options.profile))
    if flags.get("json"):
        print(document.render(result), end="")
    else:
        terminal.show(result, sys.stdout)
    return result.exit_code


def _options(flags: Flags) -> "Options":
    from contracts.harness import Options

    given = {"max_time_s" if name == "max_time" else name: flags[name] for name in PASSED_ON if name in flags}
    return Options(
        seed=_seed(flags.get("seed", "0")),
        only=holding.listed(flags.get("only", [])),
        models=holding.listed(flags.get("models", [])),
        known_failing=_known(flags.get("known_failing")),
        profile=holding.profile(flags),
        **given,
    )


def _seed(text: str) -> int:
    if text == "random":
        return int(token(4), 16)
    try:
        return int(text)
    except ValueError as error:
        raise BadOption(f"--seed must be a whole number or random, not {text!r}") from error


def _known(path: str | None) -> dict[str, str]:
    from contracts import report
    from contracts.report import known

    try:
        return known.read(path) if path else {}
    except report.Unusable as error:
        raise BadOption(str(error)) from error


def _reports(given: Sequence[str]) -> "Mapping[str, Callable[[Result], str]]":
    """What is to be written, by path."""
    from contracts.report import document, html, junit

    renderers = dict(zip(FORMATS, (document.render, junit.render, html.render), strict=True))
    found = {}
    for word in given:
        form, _, path = word.partition("=")
        if form not in renderers or not path:
            raise BadOption(f"--report takes {', '.join(FORMATS)} and a path, not {word!r}")
        found[path] = renderers[form]
    return found


def _writable(path: str) -> None:
    """Find out before the check whether its result can be written after it."""
    try:
        with Path(path).open("ab"):
            pass
    except OSError as error:
        raise BadOption(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error


def _write(path: str, text: str) -> None:
    Path(path).write_text(text, encoding="utf-8")
