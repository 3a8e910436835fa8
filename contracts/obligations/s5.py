"""A revoked key stops the work: no loop, no call without the key."""

from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-AUTH, A-DISABLED-KEY-STATUS"


def _refused(run: Run) -> list[Exchange]:
    """What was answered with 401 or 403 by the API."""
    found = (each for each in run.exchanges if each.origin == "api" and each.status in (401, 403))
    return [each for each in found if answers.sure(each) and each.operation != "download"]


def exercised(run: Run) -> bool:
    return bool(_refused(run))


def check(run: Run) -> Iterator[Broken]:
    for refused in _refused(run)[:1]:
        later = [each for each in run.exchanges if each.seq > refused.seq and each.origin == "api"]
        keyless = [each for each in later if each.header("authorization") is None and each.operation != "download"]
        if keyless:
            yield Broken("After a 401 the client called without its key.", (refused.seq, keyless[0].seq))
    for refused in _refused(run):
        more = [
            each
            for each in run.exchanges
            if each.seq > refused.seq and each.at_ms >= refused.at_ms and _is_same_work(refused, each)
        ]
        if more:
            yield Broken(f"The key was refused with {refused.status}, the client went on.", (refused.seq, more[0].seq))
            break


def _is_same_work(refused: Exchange, each: Exchange) -> bool:
    return each.task is not None and each.task == refused.task and each.operation in ("create", "read", "events")
