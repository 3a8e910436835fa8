"""The output origin gets no credentials."""

from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.obligations import _secrets as secrets
from contracts.run import Run

LEVEL = "M"
SOURCE = "D-KEYS-SERVER; the storage of outputs is another host"


def exercised(run: Run) -> bool:
    return any(each.origin == "output" for each in run.exchanges)


def check(run: Run) -> Iterator[Broken]:
    for each in run.exchanges:
        for place in secrets.credentials(run, each) if each.origin == "output" else ():
            yield Broken(f"The output host got credentials: {place}.", (each.seq,))
