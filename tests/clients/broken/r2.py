"""Gives up at the first poll that fails; one that does not find the task is repeated."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client, Stopped

ALSO = frozenset({"L1"})


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        verdict = super().verdict(operation, answer)
        if operation == "read" and verdict == "again" and answer.status != 404:
            raise Stopped("gave_up", "The poll failed.")
        return verdict


client = Broken.call
