"""Thinks its task lost when a poll fails, and creates it anew."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client

ALSO = frozenset({"K6"})


class Broken(Client):
    is_second = False

    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        verdict = super().verdict(operation, answer)
        if operation == "read" and verdict == "again" and answer.status != 404 and not self.is_second:
            self.is_second, self.key = True, self.new_key()
            self.create()
        return verdict


client = Broken.call
