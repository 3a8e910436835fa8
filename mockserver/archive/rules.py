"""What must hold among the belongings of a file, so that no server that adopts them is led astray."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

import orjson

from mockserver import dialect as dialects
from mockserver import models
from mockserver.accounts import KEY, LATEST_MS, Account, Key
from mockserver.archive import conform
from mockserver.archive.kinds import KINDS
from mockserver.dialect import Dialect
from mockserver.faults.table import TABLE
from mockserver.pointers import pointer
from mockserver.records import Rule, Task
from mockserver.store.belongings import Belonging, Blob, Claimed, Content, Placed, Saved, content_id

ACCOUNT_ID = re.compile(r"acct_[A-Za-z0-9_-]{1,100}\Z")
NAME = re.compile(r"[\x20-\x7e]{1,512}\Z")
"""What a database has a name for; idempotency keys are such."""

RULE_ID = re.compile(r"fault_\d{1,15}\Z")
RANKS = {kind: index for index, kind in enumerate(KINDS)}


class Broken(Exception):
    """At which place of a line something is wrong, and what."""

    def __init__(self, param: str, message: str) -> None:
        super().__init__(message)
        self.param = param
        self.message = message


@dataclass(slots=True)
class Section:
    """What belongs to the account now, or to one of its snapshots."""

    account: Account
    tasks: set[str] = field(default_factory=set)
    claims: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Census:
    """What is known of an account so far. `keys` are those of every account of the file."""

    account: Account
    keys: set[str]
    own_keys: list[str] = field(default_factory=list)
    contents: set[str] = field(default_factory=set)
    snapshots: set[str] = field(default_factory=set)
    task_count: int = 0
    media_bytes: int = 0
    rank: int = 0
    section: Section = field(init=False)

    def __post_init__(self) -> None:
        self.section = Section(self.account)

    def count(self, kind: str, belonging: Belonging) -> None:
        """Take it in.

        Raises:
            Broken: if it cannot stand where it does.
        """
        rank = RANKS[kind]
        if rank < self.rank:
            raise Broken("", f"this comes too late: the order is {', '.join(KINDS)}")
        self.rank = RANKS["task"] if isinstance(belonging, Saved) else rank
        match belonging:
            case Key():
                self._key(belonging)
            case Content(name, content):
                if content_id(content) != name:
                    raise Broken("/content/content_id", "this is the name of other bytes")
                _add(self.contents, name, "/content/content_id")
                self.media_bytes += len(content)
            case Task():
                self._task(belonging)
            case Claimed(key, claim):
                _named("/claim/idempotency_key", key)
                _add(self.section.claims, key, "/claim/idempotency_key")
                _known(self.section.tasks, claim.task_id, "/claim/claim/task_id")
                _at_most("/claim/claim/created_at_ms", claim.created_at_ms)
                if not 200 <= claim.status <= 299:
                    raise Broken("/claim/claim/status", "this must be the status of a create that was accepted")
            case Placed(media, name):
                _add(self.section.urls, media.url, "/media/media/url")
                if media.content is not None:
                    raise Broken("/media/media/content", "this must be null: content_id names the bytes")
                if name is not None:
                    _known(self.contents, name, "/media/content_id")
            case Blob(digest, name):
                _named("/blob/digest", digest)
                _add(self.section.digests, digest, "/blob/digest")
                _known(self.contents, name, "/blob/content_id")
            case _:
                assert isinstance(belonging, Saved)
                self._saved(belonging)

    def _key(self, key: Key) -> None:
        if not KEY.match(key.key):
            raise Broken("/key/key", "this is no API key")
        _same("/key/account_id", key.account_id, self.account.account_id)
        _add(self.keys, key.key, "/key/key")
        self.own_keys.append(key.key)

    def _task(self, task: Task) -> None:
        _same("/task/account_id", task.account_id, self.account.account_id)
        for name in ("task_id", "request_id", "api_key"):
            _named(f"/task/{name}", getattr(task, name))
        _add(self.section.tasks, task.task_id, "/task/task_id")
        if len(self.section.tasks) > self.section.account.serial:
            raise Broken("/task", "the account's serial counts fewer tasks than there are")
        _at_most("/task/created_at_ms", task.created_at_ms)
        if models.get(task.model) is None:
            raise Broken("/task/model", "this model is unknown to this version of mindvideo-mock")
        if not _is_create(task.body):
            raise Broken("/task/body", "this must be a JSON object with an object 'input'")
        if self.section.account is self.account:
            self.task_count += 1

    def _saved(self, saved: Saved) -> None:
        _named("/snapshot/snapshot_id", saved.snapshot_id)
        _add(self.snapshots, saved.snapshot_id, "/snapshot/snapshot_id")
        _same("/snapshot/account/account_id", saved.account.account_id, self.account.account_id)
        check_account("/snapshot/account", saved.account)
        self.section = Section(saved.account)


def check_account(place: str, account: Account) -> None:
    """See that the account is one.

    Raises:
        Broken: if not.
    """
    if not ACCOUNT_ID.match(account.account_id):
        raise Broken(f"{place}/account_id", "this is no account id")
    _at_most(f"{place}/clock/anchor_ms", account.clock.anchor_ms)
    for index, rule in enumerate(account.faults):
        _check_rule(f"{place}/faults/{index}", rule)
    told = dialects.parse(dialects.as_json(account.dialect))
    if not isinstance(told, Dialect):
        raise Broken(f"{place}/dialect{told[0].param}", told[0].message)


def _check_rule(place: str, rule: Rule) -> None:
    row = TABLE.get(rule.name)
    if row is None:
        raise Broken(f"{place}/name", "this fault is unknown to this version of mindvideo-mock")
    if rule.on not in row.on:
        raise Broken(f"{place}/on", f"this must be one of {', '.join(row.on)}")
    if not RULE_ID.match(rule.fault_id):
        raise Broken(f"{place}/fault_id", "this must be fault_ and a number")
    kind: Any = row.type()
    judges = {each.name: get_type_hints(kind)[each.name] for each in fields(kind)}
    for name, value in rule.parameters.items():
        where = f"{place}/parameters{pointer((name,))}"
        if name not in judges:
            raise Broken(where, f"the fault {rule.name} has no such parameter")
        if (found := conform.fault(judges[name], value)) is not None:
            raise Broken(where, found[1])
    try:
        row.build(rule.parameters)
    except (TypeError, ValueError) as error:
        raise Broken(f"{place}/parameters", str(error)) from error


def _is_create(body: bytes) -> bool:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(document, dict) and isinstance(document.get("input"), dict)


def _named(place: str, name: str) -> None:
    if not NAME.match(name):
        raise Broken(place, "this must be 1 to 512 visible ASCII characters")


def _add(known: set[str], name: str, place: str) -> None:
    if name in known:
        raise Broken(place, "this is there already")
    known.add(name)


def _known(known: Collection[str], name: str, place: str) -> None:
    if name not in known:
        raise Broken(place, "there is no such thing before this line")


def _same(place: str, name: str, expected: str) -> None:
    if name != expected:
        raise Broken(place, f"this must be {expected}")


def _at_most(place: str, at_ms: int) -> None:
    if at_ms > LATEST_MS:
        raise Broken(place, "this is after the year 9999")
