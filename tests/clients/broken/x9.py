"""Takes no code but 200 for a created task."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client, Stopped

ALSO = frozenset({"K16", "L1", "P4", "P10", "X1", "X11"})


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        if operation == "create" and answer.status in (201, 202):
            raise Stopped("gave_up", f"The server answered {answer.status}.")
        return super().verdict(operation, answer)


client = Broken.call
