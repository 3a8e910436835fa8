"""Has seen enough after two polls."""

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client, Stopped

ALSO = frozenset({"P8", "P9", "X1"})


class Broken(Client):
    polls = 0

    def is_over(self, task: Json) -> bool:
        is_over = super().is_over(task)
        if self.polls == 2 and not is_over:
            raise Stopped("gave_up", "It takes too long.")
        self.polls += 1
        return is_over


client = Broken.call
