"""Every create carries an `Idempotency-Key`."""

from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.obligations import _answers as answers
from contracts.run import Run

LEVEL = "P"
SOURCE = "the profile's `sends_idempotency_key`; D-IDEM-REPLAY"


def exercised(run: Run) -> bool:
    return run.profile.sends_idempotency_key and any(each.operation == "create" for each in run.exchanges)


def check(run: Run) -> Iterator[Broken]:
    for each in run.exchanges:
        if each.operation == "create" and answers.key_of(each) is None:
            yield Broken("A create went out without an Idempotency-Key.", (each.seq,))
