"""The task has ended when the create is answered."""

from dataclasses import dataclass, replace

from mockserver.records import Plan


@dataclass(frozen=True, slots=True)
class TerminalAtCreate:
    """Changes the plan of the next created task."""

    def reshape(self, plan: Plan) -> Plan:
        return replace(plan, queued_ms=0, processing_ms=0)
