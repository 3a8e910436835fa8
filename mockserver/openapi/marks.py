"""How the document names the promise behind each thing it says."""

from mockserver.clauses import clauses


def marks(clause: str) -> dict[str, str]:
    """The clause and its grade, as extension members."""
    return {"x-clause": clause, "x-grade": clauses()[clause].grade}
