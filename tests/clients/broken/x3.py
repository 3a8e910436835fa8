"""Takes a poll that was answered with 200 for a success, whatever the answer says."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client, Stopped

ALSO = frozenset({"R2", "X11"})


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        if operation == "read" and answer.status == 200 and not answer.document:
            raise Stopped("succeeded", "The server said 200.")
        return super().verdict(operation, answer)


client = Broken.call
