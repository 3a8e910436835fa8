"""Tries for as long as its deadline lets it."""

from tests.clients.reference.sync import Client


class Broken(Client):
    def max_attempts(self) -> int:
        return 1_000_000

    def backoff_s(self, tries: int) -> float:
        return super().backoff_s(min(tries, 3))


client = Broken.call
