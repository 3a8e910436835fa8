"""Gives up at the first 429 or 5xx on a create."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client, Stopped

ALSO = frozenset({"L1"})


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        verdict = super().verdict(operation, answer)
        if operation == "create" and verdict == "again" and (answer.status or 0) >= 400:
            raise Stopped("gave_up", f"The create failed: {answer.status}.")
        return verdict


client = Broken.call
