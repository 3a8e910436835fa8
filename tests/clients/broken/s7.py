"""Waits for somebody to pay when the balance does not suffice."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client

ALSO = frozenset({"R3"})


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        return "again" if operation == "create" and answer.status == 402 else super().verdict(operation, answer)


client = Broken.call
