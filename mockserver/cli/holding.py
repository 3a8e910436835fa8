"""What `check` and `replay` have in common: which client is held to the contract, and what it claims about itself.

Here the command line meets the harness; nothing of that is imported before one of the two commands runs.
"""

import shlex
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mockserver.cli.options import BadOption

if TYPE_CHECKING:
    from contracts.harness import Kind
    from contracts.run import Profile
    from contracts.verdicts import Result

CLIENTS = ("command", "worker", "function")
ERROR = 2

Flags = Mapping[str, Any]
"""By name of the parameter; a flag that was not given is not there."""


def guarded(run: Callable[[Flags], int], flags: Flags) -> int:
    """The exit code of a command: what is wrong with the harness itself must not look like a client that fails.

    Raises:
        BadOption: if the harness is not installed.
    """
    try:
        import_module("contracts.harness")
    except ModuleNotFoundError as error:
        needs = f"this needs more than the server ({error.name} is missing): pip install 'mindvideo-mock[contracts]'"
        raise BadOption(needs) from error
    try:
        return run(flags)
    except BadOption:
        raise
    except Exception:
        traceback.print_exc()
        print("mindvideo-mock: this is an error of the harness, and says nothing about the client", file=sys.stderr)
        return ERROR


def client(flags: Flags) -> "Kind":
    """The client that is named.

    Raises:
        BadOption: if none is, or more than one.
    """
    from contracts.harness import Command, Function, Worker

    named = [name for name in CLIENTS if name in flags]
    if len(named) != 1:
        raise BadOption(f"name one client: {', '.join(f'--{name}' for name in CLIENTS)}")
    if named == ["function"]:
        _only_a_command(flags)
        return Function(flags["function"])
    argv = _words(flags[named[0]], named[0])
    if named == ["command"]:
        return Command(argv, flags.get("compress", 1))
    _only_a_command(flags)
    return Worker(argv)


def _only_a_command(flags: Flags) -> None:
    if "compress" in flags:
        raise BadOption("--compress is for a --command")


def _words(text: str, name: str) -> tuple[str, ...]:
    try:
        argv = tuple(shlex.split(text))
    except ValueError as error:
        raise BadOption(f"--{name}: {str(error).lower()}") from error
    if not argv:
        raise BadOption(f"--{name} is empty")
    return argv


def profile(flags: Flags) -> "Profile":
    """What the client claims: the file's claims, and over them the flags'.

    Raises:
        BadOption: if the file or a flag cannot be used.
    """
    from contracts import report
    from contracts.report import profile as profiles
    from contracts.run import Profile

    claims = {name: flags[name] for name in profiles.CLAIMS if name in flags}
    try:
        base = profiles.read(flags["profile"]) if "profile" in flags else Profile()
        return profiles.claimed(base, claims)
    except report.Unusable as error:
        raise BadOption(str(error)) from error


def again(flags: Flags) -> str:
    """The flags by which `replay` is told of the same client."""
    from contracts.report.profile import CLAIMS

    said: list[str] = []
    for name in (*CLIENTS, "compress", "profile", *CLAIMS):
        if name in flags:
            flag, value = name.replace("_", "-"), flags[name]
            said += [f"--{'' if value else 'no-'}{flag}"] if isinstance(value, bool) else [f"--{flag}", f"{value}"]
    return shlex.join(said)


def listed(given: list[str]) -> tuple[str, ...]:
    """What was given as a list with commas, or flag by flag."""
    return tuple(word.strip() for text in given for word in text.split(",") if word.strip())


def held(run: Callable[[], "Result"]) -> "Result":
    """A check or a replay.

    Raises:
        BadOption: if the harness refuses what it was given.
    """
    from contracts.client.processes import CannotRun

    try:
        return run()
    except (CannotRun, ValueError) as error:
        raise BadOption(str(error)) from error
