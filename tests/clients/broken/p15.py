"""Waits for the first byte of an answer for as long as it takes; the rest has its time."""

from tests.clients.reference.sync import Client
from tests.clients.reference.transport import Http


class Patient(Http):
    def patience_s(self, reads: int) -> float | None:
        if reads == 0:
            return None
        return self._timeout_s if reads == 1 else super().patience_s(reads)


class Broken(Client):
    http_class = Patient


client = Broken.call
