"""After a 429 it starts afresh: the next attempt has another key."""

from tests.clients.reference.answers import Answer, Operation
from tests.clients.reference.sync import Client

ALSO = frozenset({"K6"})


class Broken(Client):
    def floor_s(self, operation: Operation, answer: Answer) -> float:
        if operation == "create" and answer.status == 429:
            self.key = self.new_key()
        return super().floor_s(operation, answer)


client = Broken.call
