"""A truncated or lost create answer is an unknown outcome: the client asks again with the same key."""

from collections.abc import Iterator

from contracts.obligations import Broken, _story, r1
from contracts.obligations import _answers as answers
from contracts.run import Exchange, Run

LEVEL = "M"
SOURCE = "D-IDEM-REPLAY: that is what the key is for"


def _cases(run: Run) -> Iterator[tuple[int, Exchange, Exchange | None]]:
    """Each create whose answer the client does not have although something may have been done, and the next attempt."""
    for task in _story.tasks(run):
        sent = _story.attempts(run, task)
        for create, following in zip(sent, [*sent[1:], None], strict=False):
            if answers.fails(create) and not r1.is_transient(create) and _story.may_retry_create(run, create):
                yield task, create, following


def exercised(run: Run) -> bool:
    return any(True for _ in _cases(run))


def check(run: Run) -> Iterator[Broken]:
    for task, create, following in _cases(run):
        if following is None:
            if create in _story.gave_in(run, task, "create"):
                outcome = run.reports[task].outcome
                yield Broken(f"The answer of the create was lost, and the client gave up: {outcome}.", (create.seq,))
        elif answers.key_of(following) != answers.key_of(create):
            message = "The answer of the create was lost, and the client asked again with another key."
            yield Broken(message, (create.seq, following.seq))
