"""Reads `Retry-After` as seconds only: a date that a 429 tells is passed over."""

from tests.clients.reference.answers import Answer, Operation
from tests.clients.reference.sync import Client


class Broken(Client):
    def floor_s(self, operation: Operation, answer: Answer) -> float:
        is_seconds = all(value.isdecimal() for value in answer.header("retry-after"))
        if operation == "create" and answer.status == 429 and not is_seconds:
            return 0
        return super().floor_s(operation, answer)


client = Broken.call
