"""Expects every refusal in the envelope that it knows, and crashes upon another."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client

ALSO = frozenset({"L2"})


class Broken(Client):
    code = ""

    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        verdict = super().verdict(operation, answer)
        if verdict == "refused":
            self.code = answer.document["error"]["code"]
        return verdict


client = Broken.call
