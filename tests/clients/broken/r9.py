"""Minds `Retry-After` where a create meets a limit, and nowhere else."""

from tests.clients.reference.answers import Answer, Operation
from tests.clients.reference.sync import Client


class Broken(Client):
    def floor_s(self, operation: Operation, answer: Answer) -> float:
        minds = operation == "create" and answer.status in (409, 429)
        return super().floor_s(operation, answer) if minds else 0


client = Broken.call
