"""Sends no idempotency key, and as it has none, never sends a create twice."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client, Stopped


class Broken(Client):
    def key_headers(self, failures: int) -> dict[str, str]:
        return {}

    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        verdict = super().verdict(operation, answer)
        if operation == "create" and verdict != "task" and verdict != "refused":
            raise Stopped("gave_up", "The create failed.")
        return verdict


client = Broken.call
