"""Waits three times as long as it says."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client

ALSO = frozenset({"L2"})
PROFILE = {"deadline_s": 60}
HINTS = {"deadline_s": 60}


class Broken(Client):
    def create(self) -> Json:
        task = super().create()
        self.ends_at_s += 2 * self.hints.deadline_s
        return task


client = Broken.call
