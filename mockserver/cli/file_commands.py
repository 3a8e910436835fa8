"""`snapshot` and `restore` as Typer shows them."""

from typing import Annotated

import typer

Url = Annotated[
    str | None,
    typer.Option(metavar="URL", help="A running server. [default: $MINDVIDEO_MOCK_URL, or http://127.0.0.1:8000]"),
]
Store = Annotated[
    str | None,
    typer.Option(metavar="URL", help="A database instead: sqlite:///FILE or postgresql://USER@HOST/DATABASE."),
]
Token = Annotated[
    str | None, typer.Option(envvar="MINDVIDEO_MOCK_ADMIN_TOKEN", metavar="TOKEN", help="What the server asks for.")
]
Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", metavar="NAME", help="An account's id, or a key of it; may be repeated. [default: all]"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_file_commands(app: typer.Typer) -> None:
    """Add both."""
    app.command()(snapshot)
    app.command()(restore)


def snapshot(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; .gz compresses, - is standard output.")],
    url: Url = None,
    store: Store = None,
    admin_token: Token = None,
    account: Accounts = None,
    as_json: AsJson = False,
) -> int:
    """Save accounts to a file, whole, with their time stopped.

    It can be restored into a server with any store. The journal is not in it; the API keys are: keep it safe.

    \b
    mindvideo-mock snapshot before.jsonl.gz
    mindvideo-mock snapshot one.jsonl --account mv_live_demo --url http://127.0.0.1:9000
    mindvideo-mock snapshot all.jsonl.gz --store sqlite:///mindvideo.db

    Exit codes: 0 saved, 2 a command that cannot be obeyed; then FILE is as it was.
    """
    from mockserver.cli import moving

    return moving.save(file, moving.place_of(url, store, admin_token), account or (), as_json=as_json)


def restore(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What 'snapshot' made; - reads standard input.")],
    url: Url = None,
    store: Store = None,
    admin_token: Token = None,
    account: Accounts = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite accounts that exist, journal and all.")] = False,
    as_json: AsJson = False,
) -> int:
    """Bring accounts of a snapshot file back, here or elsewhere.

    The file is looked at whole before anything changes; each account is restored whole or not at all, and its time
    goes on from where it was.

    \b
    mindvideo-mock restore before.jsonl.gz --replace
    mindvideo-mock restore all.jsonl.gz --account mv_live_demo --store postgresql://user@host/mindvideo
    mindvideo-mock snapshot - | mindvideo-mock restore - --url http://127.0.0.1:9000

    Exit codes: 0 restored, 1 accounts or keys are in the way, or a bound is, and nothing was changed, 2 a command that
    cannot be obeyed, a file that is damaged among them.
    """
    from mockserver.cli import moving

    place = moving.place_of(url, store, admin_token)
    return moving.bring(file, place, account or (), replace=replace, as_json=as_json)
