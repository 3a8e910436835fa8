"""Takes every 409 for a refusal, also the one that only asks it to wait."""

from tests.clients.reference.answers import Answer, Operation, Verdict
from tests.clients.reference.sync import Client


class Broken(Client):
    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        verdict = super().verdict(operation, answer)
        return "refused" if verdict == "in_flight" else verdict


client = Broken.call
