"""Takes a status that it does not know for the end, and a good one."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client, Outcome


class Broken(Client):
    def is_over(self, task: Json) -> bool:
        return task["status"] not in ("queued", "processing")

    def ended(self, task: Json) -> Outcome:
        return super().ended(task) if super().is_over(task) else self.outcome("succeeded")


client = Broken.call
