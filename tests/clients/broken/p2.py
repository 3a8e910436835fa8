"""Makes sure: asks twice more after a poll has told it that the task has failed."""

from contextlib import suppress

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client, Stopped


class Broken(Client):
    def wait(self, task: Json) -> Json:
        task = super().wait(task)
        if task["status"] == "failed":
            with suppress(Stopped):
                self.ask("read")
                self.ask("read")
        return task


client = Broken.call
