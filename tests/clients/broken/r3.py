"""Sends a create again that was refused as invalid."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        if operation == "create" and answer.status in (400, 422):
            return "again"
        return super().verdict(operation, answer)


client = Broken.call
