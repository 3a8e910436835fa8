"""Has never thought of a task being cancelled, and crashes."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client, Outcome

ALSO = frozenset({"K16", "P10", "X1", "X9"})


class Broken(Client):
    def ended(self, task: Json) -> Outcome:
        if task["status"] == "cancelled":
            raise NotImplementedError
        return super().ended(task)


client = Broken.call
