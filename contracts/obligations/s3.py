"""A redirect to another origin never carries the key."""

from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.obligations import _answers as answers
from contracts.obligations import _secrets as secrets
from contracts.run import Run

LEVEL = "M"
SOURCE = "RFC 9110 section 15.4: credentials are not for another origin, nor for another port"


def exercised(run: Run) -> bool:
    return any(answers.leads_elsewhere(each) for each in run.exchanges)


def check(run: Run) -> Iterator[Broken]:
    for each in run.exchanges:
        for place in secrets.credentials(run, each) if each.origin == "other" else ():
            yield Broken(f"The key followed a redirect to another origin: {place}.", (each.seq,))
