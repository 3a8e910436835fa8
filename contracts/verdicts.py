"""What a check of a client came to: a ruling for each obligation, and the smallest life that shows each failure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from contracts.lives import Life, token
from contracts.obligations import Broken
from contracts.obligations.registry import Obligation
from contracts.run import Run

Word = Literal["PASS", "FAIL", "WARN", "NOT_EXERCISED", "INCONCLUSIVE", "HARNESS_ERROR"]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The smallest life found in which a promise was broken, the run that shows it, and how it was broken.

    `agreement` tells how many of how many runs of that life broke the promise.
    """

    life: Life
    run: Run
    broken: Broken
    agreement: tuple[int, int] = (1, 1)

    @property
    def token(self) -> str:
        """What `mindvideo-mock replay` takes."""
        return token(self.life)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was found of one obligation; `judged` counts the lives that put it to the test.

    `known` is the reason why a failure is expected (`--known-failing`); `readings` name the dialects, such as
    `create_status=201`, under which the client breaks a promise that it keeps under the default one.
    """

    obligation: Obligation
    word: Word
    judged: int = 0
    message: str = ""
    counterexample: Counterexample | None = None
    known: str | None = None
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A whole check. `errors` say in a sentence each what was wrong with the harness itself.

    `cost` is what the same calls would have cost on the real API. `flags` are those of `mindvideo-mock replay` that
    name this client, such as `--command 'node client.mjs'`; empty for a client that has no name on a command line.
    """

    client: str
    rulings: Sequence[Ruling]
    lives: int
    seconds: float
    seed: int
    strict: bool = False
    cost: Decimal = Decimal(0)
    errors: tuple[str, ...] = ()
    flags: str = ""

    def is_failure(self, ruling: Ruling) -> bool:
        """Whether the ruling fails the check; a known failure does not, one that is mended does."""
        if ruling.known is not None:
            return ruling.word == "PASS"
        if ruling.word == "NOT_EXERCISED":
            return self.strict and ruling.obligation.level == "M"
        return ruling.word == "FAIL" or (self.strict and ruling.word == "WARN")

    @property
    def verdict(self) -> Literal["pass", "fail", "error"]:
        """`error` if the harness cannot be trusted; it then says nothing about the client."""
        if self.errors or any(ruling.word == "HARNESS_ERROR" for ruling in self.rulings):
            return "error"
        return "fail" if any(map(self.is_failure, self.rulings)) else "pass"

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 2 harness error."""
        return {"pass": 0, "fail": 1, "error": 2}[self.verdict]
