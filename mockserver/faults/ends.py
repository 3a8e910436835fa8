"""The task fails, or is cancelled."""

from dataclasses import dataclass, replace
from typing import Literal

from mockserver.records import Plan


@dataclass(frozen=True, slots=True)
class Ends:
    """Changes the plan of the next created task."""

    outcome: Literal["failed", "cancelled"] = "failed"
    code: str | None = None
    message: str | None = None

    def reshape(self, plan: Plan) -> Plan:
        return replace(plan, outcome=self.outcome, code=self.code, message=self.message)
