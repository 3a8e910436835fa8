"""From flags, environment and file to `Settings`."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mockserver.cli.options import BY_NAME, OPTIONS, PREFIX, BadOption, Option
from mockserver.dialect import DEFAULT, Dialect, load_toml, merge
from mockserver.settings import Settings
from mockserver.wire import redact

NOT_OURS = ("SERVICE_", "PORT_")
"""Variables that Kubernetes and Docker links make of a service named `mindvideo-mock`; so is a `tcp://` port."""

OTHERS = frozenset({"URL"})
"""Variables that the pytest plugin reads."""


def scan(arguments: Sequence[str]) -> dict[str, object] | None:
    """The flags of a command line by option; None where anything about it is unusual: then Typer says what."""
    by_flag = {option.flag: (option, True) for option in OPTIONS}
    by_flag |= {f"--no-{flag[2:]}": (option, False) for flag, (option, _) in by_flag.items() if option.kind.is_flag}
    found: dict[str, Any] = {}
    rest = list(reversed(arguments))
    while rest:
        flag, equals, value = rest.pop().partition("=")
        option, switched = by_flag.get(flag, (None, False))
        if option is None or (option.kind.is_flag and equals):
            return None
        if option.kind.is_flag:
            found[option.name] = switched
            continue
        if not equals:
            if not rest or rest[-1].startswith("--"):
                return None
            value = rest.pop()
        if option.kind.is_repeated:
            found.setdefault(option.name, []).append(value)
        else:
            found[option.name] = value
    return found


def load(flags: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """The settings of a server; flags win over the environment, the environment over the file.

    Raises:
        BadOption: for the first thing that is wrong.
    """
    told = _judged(flags, lambda option: option.flag)
    surroundings = _judged(_variables(environ), lambda option: option.variable)
    config = told.get("config", surroundings.get("config"))
    layers = [_file(str(config)) if config else {}, surroundings, told]
    chosen = {name: value for layer in layers for name, value in layer.items()}
    answers = {name: value for layer in layers for name, value in layer.get("set", {}).items()}
    chosen["dialect"] = dialect(chosen.get("dialect"), answers)
    if "fetch_host" in chosen:
        chosen["fetch_hosts"] = chosen["fetch_host"]
    settings = replace(Settings(), **{name: value for name, value in chosen.items() if name in Settings.__slots__})
    if settings.workers > 1 and not settings.store.startswith("postgresql:"):
        kind = settings.store.partition(":")[0]
        raise BadOption(f"{settings.workers} workers need --store postgresql://…: {kind} is for one process")
    return settings


def dialect(path: object, answers: Mapping[str, object]) -> Dialect:
    """The dialect of a file, or the default one, with these answers in place of its own.

    Raises:
        BadOption: if the file cannot be read, or an answer is none.
    """
    base = DEFAULT if path is None else load_toml(read_bytes(str(path)))
    made = merge(base, answers) if isinstance(base, Dialect) else base
    if isinstance(made, Dialect):
        return made
    place = path if isinstance(base, list) else "--set"
    first, more = made[0], f" (and {len(made) - 1} more)" if len(made) > 1 else ""
    member = f" {first.param[1:]}:" if first.param else ""
    raise BadOption(redact.text(f"{place}:{member} {first.message}{more}"))


def read_bytes(path: str) -> bytes:
    """The file.

    Raises:
        BadOption: if it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadOption(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error


def _judged(values: Mapping[str, object], place: Callable[[Option], str]) -> dict[str, Any]:
    """Each value as its option wants it."""
    return {name: BY_NAME[name].judged(value, place(BY_NAME[name])) for name, value in values.items()}


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Our variables by option; an empty one counts as not set."""
    ours = {name.removeprefix(PREFIX): value for name, value in environ.items() if name.startswith(PREFIX) and value}
    found = {}
    for name, value in ours.items():
        if name.startswith(NOT_OURS) or name in OTHERS or (name == "PORT" and "://" in value):
            continue
        if name.lower() not in BY_NAME:
            raise BadOption(f"the environment variable {PREFIX}{name} is unknown{_hint(name.lower(), _variable)}")
        found[name.lower()] = value
    return found


def _file(path: str) -> dict[str, Any]:
    """The options in a TOML file; paths in it are relative to its folder."""
    try:
        values = tomllib.loads(read_bytes(path).decode())
    except ValueError as error:
        raise BadOption(f"{path} is no TOML file: {error}") from error
    names = {name: name.replace("-", "_") for name in values}
    for written, name in names.items():
        if name not in BY_NAME or name == "config":
            raise BadOption(f"{path}: the option {written} is unknown{_hint(name, str)}")
    found = _judged(
        {names[written]: value for written, value in values.items()}, lambda option: f"{path}: {option.name}"
    )
    if "dialect" in found:
        found["dialect"] = str(Path(path).parent / found["dialect"])
    return found


def _hint(name: str, written: Callable[[str], str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, BY_NAME, 1)
    return f" (did you mean {written(near[0])}?)" if near else ""


def _variable(name: str) -> str:
    return BY_NAME[name].variable
