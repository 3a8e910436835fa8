"""Waits as long after the fourth failure as after the first."""

from tests.clients.reference.sync import Client


class Broken(Client):
    def backoff_s(self, tries: int) -> float:
        return self.hints.backoff_base_s


client = Broken.call
