"""Asks for the id without its prefix first, and for the whole one only when that is not found."""

from tests.clients.reference.sync import Client


class Broken(Client):
    is_bare = True

    def polled_id(self) -> str:
        whole = super().polled_id()
        bare, self.is_bare = self.is_bare, False
        return whole.removeprefix("task_") if bare else whole


client = Broken.call
