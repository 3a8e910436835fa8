"""Each attempt under the key has another payload: a blank more in the prompt."""

from tests.clients.reference import answers
from tests.clients.reference.sync import Client


class Broken(Client):
    def body(self, failures: int) -> bytes:
        given = dict(self.request["input"])
        return answers.encode({**self.request, "input": given | {"prompt": given.get("prompt", "") + " " * failures}})


client = Broken.call
