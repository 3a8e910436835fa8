"""The command line as Typer shows it. What a command needs is imported when it runs."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from mockserver import __version__
from mockserver.cli.file_commands import add_file_commands
from mockserver.cli.hold_commands import add_hold_commands, joined
from mockserver.cli.options import BadOption
from mockserver.cli.serve_command import add_serve

USAGE = 2
OFFICIAL_URL = "https://api.mindvideo.ai"
"""What `contracts/openapi.json` names as its server."""

app = typer.Typer(name="mindvideo-mock", rich_markup_mode=None, add_completion=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DialectFile = Annotated[str | None, typer.Option("--dialect", metavar="FILE", help="A dialect, as TOML.")]
Answers = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One setting of the dialect; may be repeated.")
]


def invoke(arguments: Sequence[str]) -> int:
    """Run one command; its exit code."""
    try:
        code = app(joined(arguments) or ["--help"], prog_name="mindvideo-mock", standalone_mode=False)
    except BadOption as error:
        print(f"mindvideo-mock: {error}", file=sys.stderr)
        return USAGE
    except typer.TyperException as error:
        print(f"mindvideo-mock: {' '.join(error.format_message().split())}", file=sys.stderr)
        return USAGE
    return code if isinstance(code, int) else 0


def _version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"mindvideo-mock {__version__}")
        raise typer.Exit


@app.callback()
def mindvideo_mock(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A faithful fake of the MindVideo API: offline, deterministic, made for tests.

    \b
    mindvideo-mock serve                       a server on http://127.0.0.1:8000
    mindvideo-mock request kling-v3            a curl that creates a task
    mindvideo-mock validate request.json       a request body, judged offline
    mindvideo-mock check --command ./client    a client, held to the contract

    Exit codes: 0 well, 1 a check that failed, 2 a command that cannot be obeyed.
    """


@app.command()
def healthcheck(
    url: Annotated[str, typer.Argument(metavar="[URL]", help="The server; default: where the environment says.")] = "",
) -> int:
    """Ask a server whether it is ready: exit 0 if so, else 1.

    \b
    mindvideo-mock healthcheck
    mindvideo-mock healthcheck http://mindvideo:8000
    """
    from mockserver.cli.health import check

    return check(url)


@app.command()
def models(
    slug: Annotated[str | None, typer.Argument(metavar="[SLUG]", help="One model, in detail.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the models, or show one: input, rules, price.

    \b
    mindvideo-mock models
    mindvideo-mock models kling-v3-motion-control
    mindvideo-mock models --json
    """
    from mockserver.cli import catalogue

    if slug is None:
        catalogue.list_all(as_json=as_json)
    else:
        catalogue.show_one(slug, as_json=as_json)


@app.command()
def clauses(
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The record of a test run; default: .pytest_cache/clauses.json.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List every promise, its grade, its tests, their result.

    \b
    mindvideo-mock clauses
    mindvideo-mock clauses --json
    """
    from mockserver.cli import promises

    promises.list_all(record, as_json=as_json)


@app.command()
def dialect(file: DialectFile = None, answers: Answers = None, as_json: AsJson = False) -> None:
    """Print the open questions and their answers, as TOML.

    \b
    mindvideo-mock dialect > dialect.toml
    mindvideo-mock dialect --set error_envelope=problem --set idempotency_ttl_s=60
    """
    from mockserver.cli import dialects

    dialects.print_all(dialects.chosen(file, answers or ()), is_json=as_json)


@app.command()
def openapi(
    control: Annotated[bool, typer.Option("--control", help="The control plane instead of the public API.")] = False,
    file: DialectFile = None,
    answers: Answers = None,
    server_url: Annotated[
        str, typer.Option(metavar="URL", help="What the document names as its server.")
    ] = OFFICIAL_URL,
) -> None:
    """Print an OpenAPI document: the public API's in a dialect.

    With --control it is that of the control plane.

    \b
    mindvideo-mock openapi > openapi.json
    mindvideo-mock openapi --control
    """
    from mockserver.cli import dialects, documents

    spoken = dialects.chosen(file, answers or ())
    sys.stdout.buffer.write(asyncio.run(documents.control()) if control else documents.public(spoken, server_url))


@app.command()
def request(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="A model: see 'mindvideo-mock models'.")],
    base_url: Annotated[str, typer.Option(metavar="URL", help="The server to ask.")] = "http://127.0.0.1:8000",
    key: Annotated[str, typer.Option(metavar="KEY", help="The API key.")] = "mv_live_demo",
    idempotency_key: Annotated[str | None, typer.Option(metavar="KEY", help="Default: one a second.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the body alone.")] = False,
) -> None:
    """Print a curl that creates a task of a model.

    \b
    mindvideo-mock request kling-v3-motion-control
    mindvideo-mock request kling-v3 --base-url http://127.0.0.1:9000 --key mv_test_me | sh
    mindvideo-mock request kling-v3 --json > request.json
    """
    from mockserver.cli import requests

    requests.print_one(slug, base_url, key, idempotency_key, is_json=as_json)


@app.command()
def validate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A request body; - reads standard input.")],
    dialect_file: DialectFile = None,
    answers: Answers = None,
    as_json: AsJson = False,
) -> int:
    """Judge a request body offline, to its last violation.

    Each violation is shown with its place and the clause it breaks.
    Media in data: URIs are really looked at; those behind other URLs are taken to be what their names say.

    \b
    mindvideo-mock validate request.json
    mindvideo-mock request kling-v3 --json | mindvideo-mock validate - --set media_rules=upstream
    """
    from mockserver.cli import dialects, judge
    from mockserver.cli.load import read_bytes

    spoken = dialects.chosen(dialect_file, answers or ())
    body = sys.stdin.buffer.read() if file == "-" else read_bytes(file)
    verdict = asyncio.run(judge.judge(body, spoken))
    judge.report(verdict, is_json=as_json)
    return 0 if verdict.is_valid else 1


@app.command()
def migrate(
    store: Annotated[
        str,
        typer.Option(envvar="MINDVIDEO_MOCK_STORE", metavar="URL", help="The database, as 'serve' takes it."),
    ] = "memory",
) -> None:
    """Bring an older database to this version's schema.

    Make a copy and stop every server on it first. An empty database needs none of this: 'serve' makes its tables.

    \b
    mindvideo-mock migrate --store sqlite:///mindvideo.db
    """
    from mockserver.cli import migrate as migrating
    from mockserver.cli.options import BY_NAME

    migrating.migrate(BY_NAME["store"].judged(store, "--store"))


add_file_commands(app)
add_serve(app)
add_hold_commands(app)
