"""`mindvideo-mock snapshot` and `restore`: accounts into a file, and out of one."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mockserver.archive.draft import Draft
from mockserver.archive.lines import BadArchive, unpacked
from mockserver.archive.survey import Summary, survey
from mockserver.cli import files, show
from mockserver.cli.options import BY_NAME, URL, BadOption, Option
from mockserver.cli.places import Database, Place, Refused, Server

OK, NO = 0, 1
DEFAULT_URL = "http://127.0.0.1:8000"
HEAD = ("ACCOUNT", "KEYS", "TASKS", "SNAPSHOTS")


def place_of(url: str | None, store: str | None, admin_token: str | None) -> Place:
    """Where the accounts are.

    Raises:
        BadOption: if that is no place.
    """
    if store is None:
        given = url or os.environ.get("MINDVIDEO_MOCK_URL") or DEFAULT_URL
        token = None if admin_token is None else BY_NAME["admin_token"].judged(admin_token, "--admin-token")
        return Server(Option("url", URL, "").judged(given, "--url"), token)
    if url is not None:
        raise BadOption("--url names a server and --store a database: give one of them")
    judged: str = BY_NAME["store"].judged(store, "--store")
    if judged == "memory":
        raise BadOption("--store memory: a store in memory is in its server alone; name that by --url")
    return Database(judged)


def save(name: str, place: Place, accounts: Sequence[str], *, as_json: bool) -> int:
    """Write these accounts of a place, or all, into a file; the exit code."""
    with Draft() as draft:
        if name == files.STREAM:
            place.fetch(accounts, draft)
            _pour(draft)
        else:
            with files.replaced(name) as file:
                place.fetch(accounts, draft)
                files.write(draft.chunks(), file, packed=name.endswith(".gz"))
        told = [_told(each, count["key"], count["task"], count["snapshot"]) for each, count in draft.contained.items()]
    target = sys.stderr if name == files.STREAM else sys.stdout
    where = "" if name == files.STREAM else f" in {name}"
    _report(told, f"{_accounts(told)}{where}; keep it safe: it holds their API keys", target, as_json=as_json)
    return OK


def _pour(draft: Draft) -> None:
    try:
        files.write(draft.chunks(), sys.stdout.buffer, packed=False)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise BadOption(f"cannot write standard output: {(error.strerror or str(error)).lower()}") from error


def bring(name: str, place: Place, accounts: Sequence[str], *, replace: bool, as_json: bool) -> int:
    """Take these accounts of a file, or all, into a place; the exit code."""
    try:
        with files.readable(name) as packed:
            file = unpacked(packed)
            found = _picked(survey(file), accounts, name)
            place.bring(file, found, replace=replace)
    except BadArchive as error:
        raise BadOption(f"{name}: {error}") from error
    except Refused as error:
        print(f"mindvideo-mock: {error}", file=sys.stderr)
        return NO
    told = [_told(each.account_id, len(each.keys), each.task_count, each.snapshot_count) for each in found]
    _report(told, f"{_accounts(told)} restored", sys.stdout, as_json=as_json)
    return OK


def _picked(found: Sequence[Summary], names: Sequence[str], file: str) -> list[Summary]:
    """Those that are named by id or key; all, if none is."""
    for name in names:
        if not any(name == each.account_id or name in each.keys for each in found):
            shown = "that key" if name.startswith("mv_") else name
            listed = ", ".join(each.account_id for each in found) or "none"
            raise BadOption(f"--account: {file} has no account of {shown}; it has {listed}")
    wanted = set(names)
    return [each for each in found if not names or each.account_id in wanted or wanted & set(each.keys)]


def _told(account_id: str, keys: int, tasks: int, snapshots: int) -> dict[str, Any]:
    return {"account": account_id, "keys": keys, "tasks": tasks, "snapshots": snapshots}


def _accounts(told: Sequence[object]) -> str:
    return "1 account" if len(told) == 1 else f"{len(told)} accounts"


def _report(told: Sequence[Mapping[str, Any]], last: str, target: Any, *, as_json: bool) -> None:
    """What was moved, for people or for programs."""
    if as_json:
        show.json({"accounts": told}, target)
        return
    rows: Iterable[Sequence[object]] = (tuple(each.values()) for each in told)
    if told:
        show.table(HEAD, rows, target)
    print(last, file=target)
