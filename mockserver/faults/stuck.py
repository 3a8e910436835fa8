"""The task never ends."""

from dataclasses import dataclass, replace

from mockserver.records import Plan


@dataclass(frozen=True, slots=True)
class Stuck:
    """Changes the plan of the next created task."""

    def reshape(self, plan: Plan) -> Plan:
        return replace(plan, outcome="stuck")
