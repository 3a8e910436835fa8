"""Takes the answer of a create that came in part, or makes no sense, for the end of it."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client, Stopped

ALSO = frozenset({"L1", "R1"})


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        verdict = super().verdict(operation, answer)
        is_spoilt = answer.error.startswith("IncompleteRead") or (answer.status or 500) < 300
        if operation == "create" and verdict == "again" and is_spoilt:
            raise Stopped("gave_up", "The answer cannot be read.")
        return verdict


client = Broken.call
