"""The one table of refusals."""

from dataclasses import fields

from mockserver.clauses import clauses
from mockserver.dialect import Dialect
from mockserver.problems import REFUSALS, Problem


def test_every_refusal_has_a_status_and_a_clause_of_the_contract() -> None:
    """A status is a number from 400, or a setting of the dialect that holds one; the clause is listed."""
    settings = {each.name for each in fields(Dialect)}
    for code, refusal in REFUSALS.items():
        assert refusal.clause in clauses(), code
        assert refusal.status in settings if isinstance(refusal.status, str) else 400 <= refusal.status <= 599


def test_a_problem_knows_its_refusal() -> None:
    """Its code is the name in the table."""
    assert Problem("task_not_found", "No.").refusal.status == 404
