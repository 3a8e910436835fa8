"""Told that its key was used for something else, it takes another one and tries again."""

from tests.clients.reference import answers
from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        if operation == "create" and answers.code(answer) == "idempotency_mismatch":
            self.key = self.new_key()
            return "again"
        return super().verdict(operation, answer)


client = Broken.call
