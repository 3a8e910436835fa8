"""Expects every error in the envelope that it knows, and crashes upon another."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client

ALSO = frozenset({"L2"})


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        verdict = super().verdict(operation, answer)
        return verdict if verdict == "task" or answer.status is None or answer.document["error"]["code"] else "again"


client = Broken.call
