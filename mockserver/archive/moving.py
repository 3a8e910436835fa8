"""Accounts out of a file into a store: all that stands against it is found before anything is done."""

from collections.abc import Collection, Sequence
from typing import IO

from mockserver.archive.survey import Summary, accounts
from mockserver.problems import Problem
from mockserver.records import Violation, record
from mockserver.store import Store
from mockserver.store.belongings import Adoption


@record
class Bounds:
    """What an account may keep."""

    snapshot_limit: int
    media_bytes: int


async def restore(
    store: Store, file: IO[bytes], found: Sequence[Summary], wall_ms: int, *, replace: bool, bounds: Bounds | None
) -> Problem | None:
    """Adopt these accounts of a file that was surveyed; each of them is whole or not there.

    A problem says what stands against it, and nothing was done; but for what came between, and then it says so.

    Raises:
        BadArchive: if the file has changed since.
    """
    problem = _beyond(found, bounds) or await _in_the_way(store, found, replace=replace)
    if problem is not None:
        return problem
    done: list[str] = []
    for summary, belongings in zip(found, accounts(file, {each.account_id for each in found}), strict=True):
        state = await store.adopt(belongings, wall_ms, replace=replace)
        if state != "adopted":
            before = f"Restored before it: {', '.join(done)}." if done else UNCHANGED
            return _conflict({summary.account_id: state}, found, before)
        done.append(summary.account_id)
    return None


def _beyond(found: Sequence[Summary], bounds: Bounds | None) -> Problem | None:
    """The first account that holds more than it may."""
    for each in found if bounds else ():
        assert bounds is not None
        if each.snapshot_count > bounds.snapshot_limit:
            text = f"{each.account_id} has {each.snapshot_count} snapshots, and {bounds.snapshot_limit} may be kept"
            return _too_much("snapshot_limit", "/snapshot", each, f"{text}: raise --snapshot-limit.")
        if each.media_bytes > bounds.media_bytes:
            text = f"{each.account_id} has {each.media_bytes} bytes of media, and {bounds.media_bytes} may be kept"
            return _too_much("media_limit", "/content", each, f"{text}: raise --media-limit-mb.")
    return None


def _too_much(code: str, param: str, each: Summary, message: str) -> Problem:
    return Problem(code, message, (Violation(param, "too_many", f"Line {each.line}: {message}", "C-IMPORT"),))


async def _in_the_way(store: Store, found: Sequence[Summary], *, replace: bool) -> Problem | None:
    """What is in the store already, as far as it can be known before it is tried."""
    states: dict[str, Adoption] = {}
    for each in found:
        owners = {key.account_id for text in each.keys if (key := await store.find_key(text))}
        if owners - {each.account_id}:
            states[each.account_id] = "key_taken"
        elif not replace and (owners or await store.account(each.account_id)):
            states[each.account_id] = "known"
    return _conflict(states, found, UNCHANGED) if states else None


def _conflict(states: dict[str, Adoption], found: Collection[Summary], more: str) -> Problem:
    """Keys come first: replacing does not help there."""
    code = "key_taken" if "key_taken" in states.values() else "account_exists"
    told = [
        Violation("/account/account_id", state, f"Line {each.line}: {WORDS[state].format(each.account_id)}", "C-IMPORT")
        for each in found
        if (state := states.get(each.account_id)) is not None
    ]
    names = ", ".join(each.account_id for each in found if each.account_id in states)
    return Problem(code, f"{SENTENCES[code].format(names)} {more}", tuple(told))


UNCHANGED = "Nothing was changed."
WORDS = {"known": "{} is here already, or was.", "key_taken": "A key of {} belongs to another account here."}
SENTENCES = {
    "account_exists": "These accounts are here already, or were: {}. Replace them (--replace), or leave them out.",
    "key_taken": "Keys that are of {} in the file belong to other accounts here. Forget those, or leave these out.",
}
