"""Loses patience with a task that is being processed, and asks for a second one on the side."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client


class Broken(Client):
    def wait(self, task: Json) -> Json:
        self.pause(self.interval_s())
        task = self.ask("read")
        if task["status"] == "processing":
            self.key = self.new_key()
            self.ask("create")
        return super().wait(task)


client = Broken.call
