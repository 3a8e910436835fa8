"""Reads `Retry-After` as a date only: seconds that a 429 tells are passed over."""

from tests.clients.reference.answers import Answer, Operation
from tests.clients.reference.sync import Client


class Broken(Client):
    def floor_s(self, operation: Operation, answer: Answer) -> float:
        is_seconds = all(value.isdecimal() for value in answer.header("retry-after"))
        if operation == "create" and answer.status == 429 and is_seconds:
            return 0
        return super().floor_s(operation, answer)


client = Broken.call
