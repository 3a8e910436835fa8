"""The task succeeds and brings no file."""

from dataclasses import dataclass, replace

from mockserver.records import Plan


@dataclass(frozen=True, slots=True)
class NoOutput:
    """Changes the plan of the next created task."""

    def reshape(self, plan: Plan) -> Plan:
        return replace(plan, files=0)
