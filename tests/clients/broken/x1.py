"""Knows the members of a task, and crashes upon one more."""

from dataclasses import dataclass

from tests.clients.reference.answers import Json
from tests.clients.reference.sync import Client

ALSO = frozenset({"K16", "L2", "P8", "P9", "P10", "X9"})


@dataclass
class Task:
    status: str
    task_id: str
    request_id: str
    cost_estimate: float
    cost_actual: float | None = None
    output: Json | None = None
    error: Json | str | None = None


class Broken(Client):
    def is_over(self, task: Json) -> bool:
        Task(**task)
        return super().is_over(task)


client = Broken.call
