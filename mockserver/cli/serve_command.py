"""`serve` as Typer shows it, made from the table of options; what Typer reads is judged where all sources meet."""

import inspect
from typing import Annotated, Any

import typer

from mockserver.cli.options import OPTIONS, Option
from mockserver.cli.running import serve
from mockserver.settings import Settings

HELP = """Start a server, and serve until told to stop.

\b
mindvideo-mock serve --port 0 --timing instant
mindvideo-mock serve --clock auto --set error_envelope=problem --set rate_limit=3/60
mindvideo-mock serve --host 0.0.0.0 --keys strict --admin-token secret

Each option is also an environment variable (MINDVIDEO_MOCK_PORT for --port) and a member of the --config file
(port = 9000); a flag wins over the environment, the environment over the file.
"""


def add_serve(app: typer.Typer) -> None:
    """Add the command."""
    parameters = [_parameter(option) for option in OPTIONS]

    def command(**flags: Any) -> int:
        return serve({name: value for name, value in flags.items() if value not in (None, [], ())})

    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    app.command("serve", help=HELP)(command)


def _parameter(option: Option) -> inspect.Parameter:
    is_flag, is_repeated = option.kind.is_flag, option.kind.is_repeated
    flags = f"{option.flag}/--no-{option.flag[2:]}" if is_flag else option.flag
    metavar = None if is_flag else option.kind.metavar
    told = typer.Option(flags, help=f"{option.help}{_default(option)}", metavar=metavar, show_default=False)
    kind: Any = bool | None if is_flag else list[str] | None if is_repeated else str | None
    annotation = Annotated[kind, told]
    return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _default(option: Option) -> str:
    default = getattr(Settings(), option.name, None)
    if default is None or option.name == "dialect":
        return ""
    return f" [default: {('on' if default else 'off') if option.kind.is_flag else default}]"
