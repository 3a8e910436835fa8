"""Believes in no success of a task that it has not seen being processed."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client, Stopped

ALSO = frozenset({"K16", "L1", "X1", "X9", "X11"})


class Broken(Client):
    was_processing = False

    def is_over(self, task: Json) -> bool:
        self.was_processing = self.was_processing or task["status"] == "processing"
        if task["status"] == "succeeded" and not self.was_processing:
            raise Stopped("gave_up", "The task cannot have succeeded yet.")
        return super().is_over(task)


client = Broken.call
