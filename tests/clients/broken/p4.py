"""Takes every end for a good one: a failed task is reported as a success."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client, Outcome

ALSO = frozenset({"K16", "X1", "X3", "X9"})


class Broken(Client):
    def ended(self, task: Json) -> Outcome:
        return self.outcome("succeeded") if task["status"] == "failed" else super().ended(task)


client = Broken.call
