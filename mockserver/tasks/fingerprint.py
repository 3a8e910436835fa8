"""Are two request bodies the same payload (`idempotency_fingerprint`), and if not, where do they differ?"""

from collections.abc import Iterator
from itertools import islice

import orjson

from mockserver.pointers import pointer
from mockserver.records import Task

MAX_POINTERS = 1000


def differences(left: object, right: object, at: str = "") -> Iterator[str]:
    """The JSON Pointers at which two parsed documents differ, as deep as they can be given.

    Numbers are compared by value (1 equals 1.0, as in JSON Schema), but no number equals true or false.
    """
    if isinstance(left, dict) and isinstance(right, dict):
        for name in left | right:
            place = f"{at}{pointer((name,))}"
            if name in left and name in right:
                yield from differences(left[name], right[name], place)
            else:
                yield place
    elif isinstance(left, list) and isinstance(right, list):
        for index in range(max(len(left), len(right))):
            if index < len(left) and index < len(right):
                yield from differences(left[index], right[index], f"{at}/{index}")
            else:
                yield f"{at}/{index}"
    elif isinstance(left, bool) or isinstance(right, bool):
        if left is not right:
            yield at
    elif left != right:
        yield at


def mismatch(task: Task, body: bytes, document: object, rule: str) -> tuple[str, ...] | None:
    """None if `body` is the payload that made `task`; else the pointers that differ, under `bytes` perhaps none.

    Of very many the first are given.
    """
    if body == task.body:
        return None
    pointers = tuple(islice(differences(orjson.loads(task.body), document), MAX_POINTERS))
    return None if rule == "canonical" and not pointers else pointers
