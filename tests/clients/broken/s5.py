"""Takes a 401 on a poll for a passing trouble."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        return "again" if operation == "read" and answer.status == 401 else super().verdict(operation, answer)


client = Broken.call
