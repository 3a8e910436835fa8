"""Takes the marker of a replay for a sign that somebody else has its task."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client, Stopped

ALSO = frozenset({"L1"})


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        if operation == "create" and answer.header("idempotent-replayed"):
            raise Stopped("gave_up", "This task is not ours.")
        return super().verdict(operation, answer)


client = Broken.call
