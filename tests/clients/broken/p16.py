"""Its timeout is for each read from the socket: a body that drips never meets it."""

from tests.clients.reference.sync import Client
from tests.clients.reference.transport import Http


class Patient(Http):
    def patience_s(self, reads: int) -> float | None:
        return self._timeout_s


class Broken(Client):
    http_class = Patient


client = Broken.call
