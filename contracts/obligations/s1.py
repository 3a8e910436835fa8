"""The API key appears only in `Authorization`, and only to the API's origin."""

from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.obligations import _secrets as secrets
from contracts.run import Run

LEVEL = "M"
SOURCE = "D-AUTH, D-KEYS-SERVER"


def exercised(run: Run) -> bool:
    return any(each.origin == "api" for each in run.exchanges)


def check(run: Run) -> Iterator[Broken]:
    """The other origins are judged by S2 and S3."""
    for each in run.exchanges:
        for place in secrets.places(run, each) if each.origin == "api" else ():
            yield Broken(f"The API key stands in {place}.", (each.seq,))
