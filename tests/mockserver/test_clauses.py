"""Every promise is a clause, and whatever names a clause names one that exists."""

import pytest

from mockserver.clauses import Clause, clauses
from mockserver.dialect import settings
from mockserver.problems import REFUSALS

DOCUMENTED = {
    "D-CREATE",
    "D-READ",
    "D-EVENTS",
    "D-AUTH",
    "D-STATUS",
    "D-IDEM-REPLAY",
    "D-IDEM-409",
    "D-OUTPUT",
    "D-COST",
    "D-INPUT",
    "D-SCHEMA",
    "D-DURATION",
    "D-KEYS-SERVER",
}
GRADES = {"D": {"documented"}, "U": {"upstream"}, "A": {"assumed"}, "H": {"assumed"}, "C": {"own"}}


def test_the_documented_clauses_are_those_of_the_page() -> None:
    """What the platform's page says, and nothing else, is graded as documented."""
    assert {each.id for each in clauses().values() if each.grade == "documented"} == DOCUMENTED


@pytest.mark.parametrize("clause", clauses().values(), ids=lambda clause: clause.id)
def test_a_clause_is_a_sentence_with_a_source(clause: Clause) -> None:
    """A clause says one thing, who says it, and where; its letter agrees with its grade."""
    assert clause.sentence.endswith(".")
    assert clause.source
    assert clause.grade in GRADES.get(clause.id[0], {"assumed", "own"})


def test_every_refusal_names_a_clause() -> None:
    """The table of refusals refers to promises that are written down."""
    assert {refusal.clause for refusal in REFUSALS.values()} <= clauses().keys()


def test_every_setting_names_its_own_assumed_clause() -> None:
    """An open question's default is an assumption with a clause of its own."""
    named = [setting.clause for setting in settings()]
    assert len(set(named)) == len(named)
    assert all(clauses()[name].grade == "assumed" for name in named)
