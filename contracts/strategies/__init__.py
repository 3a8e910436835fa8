"""Hypothesis strategies for the MindVideo API, for anyone's suite: requests, media, dialects, plans, lives.

All of it comes from the contract's data, so a new model or setting is drawn as soon as its file is there. What comes
first is mild: shrinking ends at the documented example, a quick success, the default dialect.
"""

from contracts.strategies.dialects import dialects, readings
from contracts.strategies.invalid import InvalidRequest, invalid_task_requests
from contracts.strategies.lives import lives
from contracts.strategies.plans import plans
from contracts.strategies.requests import has_prompt, nonced, task_requests
from contracts.strategies.videos import ReferenceVideo, reference_videos

__all__ = [
    "InvalidRequest",
    "ReferenceVideo",
    "dialects",
    "has_prompt",
    "invalid_task_requests",
    "lives",
    "nonced",
    "plans",
    "readings",
    "reference_videos",
    "task_requests",
]
