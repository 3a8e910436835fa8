"""Attempts under one key carry equal payloads, to the byte; equal only as JSON is a warning."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-IDEM-409, A-IDEM-FINGERPRINT"


def _pairs(run: Run) -> Iterator[tuple[Exchange, Exchange]]:
    """The first create under a key, and each later one of the same task; one that was cut off says nothing."""
    for task in _story.tasks(run):
        first: dict[str, Exchange] = {}
        for create in run.creates[task]:
            key = answers.key_of(create)
            if key is not None and answers.arrived(create) and first.setdefault(key, create) is not create:
                yield first[key], create


def exercised(run: Run) -> bool:
    return any(True for _ in _pairs(run))


def check(run: Run) -> Iterator[Broken]:
    for before, after in _pairs(run):
        if before.request_body == after.request_body:
            continue
        as_json = answers.parsed(before.request_body)
        if as_json is not None and as_json == answers.parsed(after.request_body):
            message = (
                "The payloads under one key are equal as JSON, but not to the byte: servers may take them for two."
            )
            yield Broken(message, (before.seq, after.seq), "warn")
        else:
            yield Broken("The payload under one key was changed.", (before.seq, after.seq))
