"""Reports the addresses of the results as it would like them: with TLS."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client, Outcome


class Broken(Client):
    def ended(self, task: Json) -> Outcome:
        found = super().ended(task)
        return found | {"urls": [url.replace("http://", "https://") for url in found["urls"]]}


client = Broken.call
