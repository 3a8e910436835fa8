"""Makes up the address of the result where the server gives none."""

from tests.clients.reference import answers
from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client, Outcome


class Broken(Client):
    def ended(self, task: Json) -> Outcome:
        if task["status"] == "succeeded" and not answers.urls(task):
            return self.outcome("succeeded", [f"{self.base_url}/outputs/{self.task_id}/0.mp4"])
        return super().ended(task)


client = Broken.call
