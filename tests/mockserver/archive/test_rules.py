"""Files with good sums that say what cannot be: the line and the place are told, and no store has changed."""

import asyncio
import io
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from mockserver.archive.kinds import KINDS
from mockserver.archive.lines import BadArchive
from mockserver.archive.survey import survey
from mockserver.store.belongings import content_id
from mockserver.store.memory import MemoryStore
from tests.asgi import START_MS
from tests.mockserver.archive.test_damage import whole
from tests.mockserver.archive.values import documents, put, refiled

Lines = list[dict[str, Any]]
Change = Callable[[Lines], object]

ACCOUNT, KEY, CONTENT, TASK, CLAIM, MEDIA, BLOB, SAVED, OTHER = 0, 1, 4, 5, 7, 9, 11, 12, 25
"""Where in the file the first of each is; `OTHER` is the second account."""


def refused(change: Change) -> tuple[int, str, str]:
    """(place in the list of lines, place in the line, message) of what is wrong after a change."""
    lines = deepcopy(documents(whole()))
    change(lines)
    counts = dict.fromkeys(KINDS, 0) | Counter(next(iter(line)) for line in lines)
    store = MemoryStore()
    with pytest.raises(BadArchive) as told:
        asyncio.run(put(store, refiled(lines, counts), START_MS))
    assert asyncio.run(store.accounts()) == []
    return told.value.line - 2, told.value.param, told.value.message


def at(index: int, *path: Any, to: Any) -> Change:
    """Something else at one place."""

    def change(lines: Lines) -> None:
        inner: Any = lines[index]
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = to

    return change


def moved(index: int, to: int) -> Change:
    return lambda lines: lines.insert(to, lines.pop(index))


def doubled(index: int) -> Change:
    return lambda lines: lines.insert(index, deepcopy(lines[index]))


def test_places() -> None:
    """The lines are where these tests think they are."""
    kinds = [next(iter(line)) for line in documents(whole())]
    places = (ACCOUNT, KEY, CONTENT, TASK, CLAIM, MEDIA, BLOB, SAVED, OTHER)
    named = ["account", "key", "content", "task", "claim", "media", "blob", "snapshot", "account"]
    assert [kinds[place] for place in places] == named


LATE = "this comes too late: the order is account, key, content, task, claim, media, blob, snapshot"
UNKNOWN = "there is no such thing before this line"
TWICE = "this is there already"
VISIBLE = "this must be 1 to 512 visible ASCII characters"
SERIAL = "counts fewer tasks than there are"
CREATE = "this must be a JSON object with an object 'input'"
YEAR = "this is after the year 9999"
NEW_FAULT = "fault is unknown"
OTHER_ID = content_id(b"x")


CASES: list[tuple[Change, int, str, str]] = [
    (moved(ACCOUNT, 1), 0, "/key", "this belongs to no account"),
    (moved(KEY, CONTENT), 4, "/key", LATE),
    (moved(CONTENT, BLOB), 8, "/media/content_id", UNKNOWN),
    (moved(CONTENT, SAVED), 8, "/media/content_id", UNKNOWN),
    (moved(TASK, BLOB), 6, "/claim/claim/task_id", UNKNOWN),
    (doubled(ACCOUNT), 1, "/account/account_id", "this account is there already"),
    (at(ACCOUNT, "account", "account_id", to="acct/1"), 0, "/account/account_id", "this is no account id"),
    (at(ACCOUNT, "account", "clock", "anchor_ms", to=2**53), 0, "/account/clock/anchor_ms", YEAR),
    (
        at(ACCOUNT, "account", "clock", "mode", to="x"),
        0,
        "/account/clock/mode",
        "one of real, frozen",
    ),
    (
        at(ACCOUNT, "account", "dialect", "rate_limit", "count", to=0),
        0,
        "/account/dialect/rate_limit",
        "rate_limit' must be",
    ),
    (at(ACCOUNT, "account", "faults", 0, "name", to="x"), 0, "/account/faults/0/name", NEW_FAULT),
    (
        at(ACCOUNT, "account", "faults", 0, "fault_id", to="x"),
        0,
        "/account/faults/0/fault_id",
        "fault_ and a number",
    ),
    (
        at(ACCOUNT, "account", "faults", 1, "on", to="task"),
        0,
        "/account/faults/1/on",
        "one of any, create",
    ),
    (
        at(ACCOUNT, "account", "faults", 0, "parameters", to={"x/y": 1}),
        0,
        "/account/faults/0/parameters/x~1y",
        "no such parameter",
    ),
    (
        at(ACCOUNT, "account", "faults", 0, "parameters", "code", to="x"),
        0,
        "/account/faults/0/parameters/code",
        "one of 429, 500",
    ),
    (at(KEY, "key", "key", to="mv_live_\n"), 1, "/key/key", "this is no API key"),
    (doubled(KEY), 2, "/key/key", TWICE),
    (lambda lines: lines[OTHER + 1]["key"].update(key=lines[KEY]["key"]["key"]), OTHER + 1, "/key/key", TWICE),
    (at(KEY, "key", "state", to="lost"), 1, "/key/state", "this must be one of active, disabled, deleted"),
    (at(CONTENT, "content", "content_id", to=OTHER_ID), 4, "/content/content_id", "name of other bytes"),
    (at(CONTENT, "content", "base64", to="="), 4, "/content/base64", "this must be base64"),
    (doubled(CONTENT), 5, "/content/content_id", TWICE),
    (at(TASK, "task", "task_id", to=""), 5, "/task/task_id", VISIBLE),
    (at(TASK, "task", "request_id", to="\u00e4"), 5, "/task/request_id", VISIBLE),
    (doubled(TASK), 6, "/task/task_id", TWICE),
    (at(ACCOUNT, "account", "serial", to=1), 6, "/task", SERIAL),
    (at(TASK, "task", "created_at_ms", to=2**53), 5, "/task/created_at_ms", YEAR),
    (at(TASK, "task", "model", to="x"), 5, "/task/model", "model is unknown"),
    (at(TASK, "task", "body", to="[]"), 5, "/task/body", CREATE),
    (at(TASK, "task", "body", to="{"), 5, "/task/body", CREATE),
    (at(TASK, "task", "body", to='{"input":[]}'), 5, "/task/body", CREATE),
    (
        at(TASK, "task", "plan", "outcome", to="lost"),
        5,
        "/task/plan/outcome",
        "one of succeeded, failed",
    ),
    (at(CLAIM, "claim", "idempotency_key", to=""), 7, "/claim/idempotency_key", VISIBLE),
    (doubled(CLAIM), 8, "/claim/idempotency_key", TWICE),
    (at(CLAIM, "claim", "claim", "task_id", to="task_x"), 7, "/claim/claim/task_id", UNKNOWN),
    (at(CLAIM, "claim", "claim", "created_at_ms", to=2**53), 7, "/claim/claim/created_at_ms", YEAR),
    (
        at(CLAIM, "claim", "claim", "status", to=500),
        7,
        "/claim/claim/status",
        "a create that was accepted",
    ),
    (doubled(MEDIA), 10, "/media/media/url", TWICE),
    (
        at(MEDIA, "media", "media", "content", to="x"),
        9,
        "/media/media/content",
        "must be null",
    ),
    (at(MEDIA, "media", "content_id", to="x"), 9, "/media/content_id", UNKNOWN),
    (at(BLOB, "blob", "digest", to=""), 11, "/blob/digest", VISIBLE),
    (doubled(BLOB), 12, "/blob/digest", TWICE),
    (at(BLOB, "blob", "content_id", to="x"), 11, "/blob/content_id", UNKNOWN),
    (at(SAVED, "snapshot", "snapshot_id", to=""), 12, "/snapshot/snapshot_id", VISIBLE),
    (lambda lines: lines.insert(SAVED + 5, deepcopy(lines[SAVED])), 17, "/snapshot/snapshot_id", TWICE),
    (at(SAVED, "snapshot", "account", "serial", to=0), 13, "/task", SERIAL),
    (at(SAVED, "snapshot", "account", "faults", 0, "name", to="x"), 12, "/snapshot/account/faults/0/name", NEW_FAULT),
]


@pytest.mark.parametrize(("change", "index", "param", "message"), CASES, ids=map(str, range(len(CASES))))
def test_what_cannot_be(change: Change, index: int, param: str, message: str) -> None:
    """Each is told with its line, its place and what belongs there."""
    *place, said = refused(change)
    assert (place, message in said) == ([index, param], True), said


@pytest.mark.parametrize(
    ("index", "path"),
    [
        (KEY, ("key", "account_id")),
        (TASK, ("task", "account_id")),
        (SAVED, ("snapshot", "account", "account_id")),
    ],
)
def test_whose_it_is(index: int, path: tuple[str, ...]) -> None:
    """Whatever stands under an account is that account's."""
    name = documents(whole())[ACCOUNT]["account"]["account_id"]
    assert refused(at(index, *path, to="acct_x")) == (index, f"/{'/'.join(path)}", f"this must be {name}")


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [("extra_fields", {"depth": 99}, "depth must be 1 to"), ("redirect", {"to": "x"}, "to must be an http(s) URL")],
)
def test_parameters_of_faults(name: str, parameters: dict[str, Any], said: str) -> None:
    """What the fault itself does not take is told in its words."""

    def change(lines: Lines) -> None:
        lines[ACCOUNT]["account"]["faults"][0] |= {"name": name, "on": "any", "parameters": parameters}

    index, param, message = refused(change)
    assert (index, param) == (0, "/account/faults/0/parameters")
    assert said in message


def test_parameters_of_several_types() -> None:
    """Any of them is good."""
    lines = documents(whole())
    counts = dict.fromkeys(KINDS, 0) | Counter(next(iter(line)) for line in lines)
    for value in ("soon", 1, 0.5, None):
        lines[ACCOUNT]["account"]["faults"][0]["parameters"]["retry_after"] = value
        assert len(survey(io.BytesIO(refiled(lines, counts)))) == 2


def test_the_header_counts() -> None:
    """As many lines of each kind as there are."""
    lines = documents(whole())
    with pytest.raises(BadArchive, match="line 1: /header/counts: the header counts other lines than there are"):
        survey(io.BytesIO(refiled(lines, {"account": 2})))
