"""The promises a client is held to, one file each: the docstring is the promise (HARNESS.md §3).

Each module has `LEVEL` ("M", "S" or "P"), `SOURCE`, and two functions over a `Run`:
`exercised(run) -> bool`, whether this life put the promise to the test, and `check(run) -> Iterator[Broken]`.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Broken:
    """One way in which a run broke a promise: a sentence, and the exchanges that show it (by `seq`)."""

    message: str
    exchanges: tuple[int, ...] = ()
    severity: Literal["fail", "warn"] = "fail"
