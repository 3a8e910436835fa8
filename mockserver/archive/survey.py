"""Reading a file: whole and checked first, then as the belongings of one account after the other."""

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import IO

from mockserver.accounts import Account
from mockserver.archive.kinds import KINDS, belonging_of, check
from mockserver.archive.lines import END, HEADER, BadArchive, Line, read
from mockserver.archive.rules import Broken, Census, check_account
from mockserver.records import record
from mockserver.store.belongings import Belonging


@record
class Summary:
    """What a file holds of one account, and where it begins; `task_count` is of those it owns now."""

    account_id: str
    line: int
    keys: tuple[str, ...]
    task_count: int
    snapshot_count: int
    media_bytes: int


def survey(file: IO[bytes]) -> list[Summary]:
    """What is in the file, once all of it has been looked at.

    Raises:
        BadArchive: if anything about it is wrong.
    """
    found: dict[str, tuple[int, Census]] = {}
    keys: set[str] = set()
    counts: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    census: Census | None = None
    header: object = None
    for line in read(file):
        if line.kind in (HEADER, END):
            header = header or line.value
            continue
        check(line)
        counts[line.kind] += 1
        census = _counted(line, census, keys)
        first = found.setdefault(census.account.account_id, (line.number, census))
        if first[1] is not census:
            raise BadArchive(line.number, "this account is there already", "/account/account_id")
    assert isinstance(header, dict), "its format was looked at"
    if header.get("counts") != counts:
        raise BadArchive(1, "the header counts other lines than there are", f"/{HEADER}/counts")
    return [_summary(line, census) for line, census in found.values()]


def _counted(line: Line, census: Census | None, keys: set[str]) -> Census:
    """The census with the line in it; a new one where an account begins."""
    belonging = belonging_of(line)
    try:
        if isinstance(belonging, Account):
            check_account("/account", belonging)
            return Census(belonging, keys)
        if census is None:
            raise Broken("", "this belongs to no account")
        census.count(line.kind, belonging)
    except Broken as error:
        raise BadArchive(line.number, error.message, error.param or f"/{line.kind}") from error
    return census


def _summary(line: int, census: Census) -> Summary:
    return Summary(
        census.account.account_id,
        line,
        tuple(census.own_keys),
        census.task_count,
        len(census.snapshots),
        census.media_bytes,
    )


def accounts(file: IO[bytes], wanted: Collection[str]) -> Iterator[Iterator[Belonging]]:
    """The belongings of each wanted account of a file that has been surveyed; take them one after the other.

    Raises:
        BadArchive: if the file has changed since.
    """
    for _, lines in parts(file, wanted):
        yield map(belonging_of, lines)


def parts(file: IO[bytes], wanted: Collection[str]) -> Iterator[tuple[str, Iterator[Line]]]:
    """The lines of each wanted account."""
    at = ""

    def place(line: Line) -> str:
        nonlocal at
        at = "" if line.kind in (HEADER, END) else line.value["account_id"] if line.kind == "account" else at
        return at

    for account_id, lines in groupby(read(file), place):
        if account_id in wanted:
            yield account_id, lines
