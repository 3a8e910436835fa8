"""The promises of the contract, from `contracts/clauses.toml`: what refusals, answers and tests refer to by id."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from mockserver.data import read

Grade = Literal["documented", "upstream", "assumed", "own"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise: `grade` is who makes it, `source` where it is said."""

    id: str
    grade: Grade
    sentence: str
    source: str


@cache
def clauses() -> dict[str, Clause]:
    """Every clause by its id, in the order of the contract."""
    entries = tomllib.loads(read("clauses.toml").decode())
    return {
        name: Clause(name, cast(Grade, entry["grade"]), entry["sentence"], entry["source"])
        for name, entry in entries.items()
    }
