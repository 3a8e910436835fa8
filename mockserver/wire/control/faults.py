"""A fault rule as the control plane shows it."""

from typing import Any

from mockserver.records import Rule


def rule(found: Rule) -> dict[str, Any]:
    """The rule as it was set, what it did not say included, and how often it has fired."""
    optional = {
        "probability": found.probability,
        "ttl_s": found.ttl_s,
        "task": found.task,
        "attempt": found.attempt,
    }
    return {
        "fault_id": found.fault_id,
        "name": found.name,
        "on": found.on,
        "times": found.times,
        "after": found.after,
        **{name: value for name, value in optional.items() if value is not None},
        **found.parameters,
        "fired": found.fired,
    }
