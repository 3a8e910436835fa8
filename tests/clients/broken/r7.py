"""Takes any number in `Retry-After` at its word, a thousandth of a second as well."""

from tests.clients.reference.answers import Answer, Operation
from tests.clients.reference.sync import Client


class Broken(Client):
    told_s: float | None = None

    def floor_s(self, operation: Operation, answer: Answer) -> float:
        try:
            self.told_s = float(answer.header("retry-after")[0])
        except (IndexError, ValueError):
            self.told_s = None
        return super().floor_s(operation, answer)

    def pause(self, waits_s: float, floor_s: float = 0) -> None:
        told_s, self.told_s = self.told_s, None
        super().pause(waits_s if told_s is None else max(told_s, 0), floor_s)


client = Broken.call
