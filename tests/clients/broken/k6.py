"""Loses patience with a task that is being processed, and asks for another one."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client


class Broken(Client):
    def wait(self, task: Json) -> Json:
        if not self.is_over(task):
            self.pause(self.interval_s())
            task = self.ask("read")
        if task["status"] == "processing":
            self.key = self.new_key()
            task = self.create()
        return super().wait(task)


client = Broken.call
