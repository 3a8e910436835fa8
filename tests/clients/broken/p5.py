"""Tries its luck again when a task has failed."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client

ALSO = frozenset({"K16", "X1", "X9"})


class Broken(Client):
    def wait(self, task: Json) -> Json:
        task = super().wait(task)
        if task["status"] != "failed":
            return task
        self.key = self.new_key()
        return super().wait(self.create())


client = Broken.call
