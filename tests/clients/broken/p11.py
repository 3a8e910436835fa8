"""Gives up when a new task is not found at once."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client, Stopped


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        if operation == "read" and answer.status == 404:
            raise Stopped("gave_up", "There is no such task.")
        return super().verdict(operation, answer)


client = Broken.call
