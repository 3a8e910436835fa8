"""Makes sure: asks twice more after a poll has told it that the task was cancelled."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client


class Broken(Client):
    def wait(self, task: Json) -> Json:
        task = super().wait(task)
        if task["status"] == "cancelled":
            self.ask("read")
            self.ask("read")
        return task


client = Broken.call
