"""All attempts of one logical create reuse one key."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story
from contracts.obligations import _answers as answers
from contracts.run import Run

LEVEL = "M"
SOURCE = "D-IDEM-REPLAY"


def exercised(run: Run) -> bool:
    return any(len(_story.attempts(run, task)) > 1 for task in _story.tasks(run))


def check(run: Run) -> Iterator[Broken]:
    for task in _story.tasks(run):
        sent = [create for create in _story.attempts(run, task) if answers.key_of(create) is not None]
        for create in sent[1:]:
            if answers.key_of(create) != answers.key_of(sent[0]):
                yield Broken("An attempt of the same create carried another key.", (sent[0].seq, create.seq))
