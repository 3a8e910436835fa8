"""Will not have it that a task which was being processed is queued."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client, Stopped


class Broken(Client):
    was_processing = False

    def is_over(self, task: Json) -> bool:
        if self.was_processing and task["status"] == "queued":
            raise Stopped("gave_up", "The task went backwards.")
        self.was_processing = task["status"] == "processing"
        return super().is_over(task)


client = Broken.call
