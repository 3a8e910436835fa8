"""What many tasks cost: memory each, and the speed of polls among all there are, beside a server that has few.

One server is filled step by step and kept; a second one keeps the first step's tasks. At each step both are polled in
turn, at random among all their tasks, so that the ratio compares sizes and not moments.
"""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mockserver.accounts import next_task_id
from mockserver.settings import Settings
from mockserver.tasks.tenants import new_account
from tests.bench import usage
from tests.bench.asked import BODY, KEY, Asked, create
from tests.bench.load import Broken, create_exactly, run
from tests.bench.servers import MONEY, Running, account_id, call, load_pin, ours, started
from tests.bench.speed import Amount, Figures, Round, cpu_ratio, figures, measured, rate_ratio

SIZES = (1_000, 100_000, 1_000_000)
QUICK_SIZES = (1_000, 100_000)
SURE = 0.6
"""wrk stops on whole seconds only, and speeds up at times: it is told to make this part of what is left, again and
again; the last tasks are made one by one, so that their number is true."""


@dataclass(frozen=True, slots=True)
class Step:
    """The server with so many tasks: its polls, its memory, and the polls of the small one in the same rounds."""

    tasks: int
    polls: Figures
    beside: Figures
    rate_ratio: float | None
    cpu_ratio: float | None
    resident_mb: float | None


@dataclass(frozen=True, slots=True)
class Growth:
    """The steps; a task's bytes of resident memory, and the bytes of its request that are part of it."""

    steps: tuple[Step, ...]
    bytes_each: float | None
    payload_bytes: float
    failed: int


def growth(sizes: Sequence[int], amount: Amount) -> Growth:
    """Fill the one server to each of the sizes, and poll.

    Raises:
        Broken: if tasks are not where they should be.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="mindvideo-bench-")))
        server = ours("memory", "memory")
        small, large = (stack.enter_context(started(server)) for _ in range(2))
        ids = task_ids(sizes[-1])
        few = _polls(folder, ids[: sizes[0]])
        failed = _fill(small, 0, sizes[0], ids, amount)
        payload_bytes = _payload_bytes(small)
        made, steps = 0, []
        for size in sizes:
            print(f"bench: {size} tasks", file=sys.stderr)
            failed += _fill(large, made, size, ids, amount)
            made = size
            steps.append(_step(small, large, few, _polls(folder, ids[:size]), size, amount))
        return Growth(tuple(steps), bytes_each(steps), payload_bytes, failed)


def bytes_each(steps: Sequence[Step]) -> float | None:
    """From the first step to the last: what the server, its journal and its first second take is in both."""
    first, last = steps[0], steps[-1]
    if first.resident_mb is None or last.resident_mb is None or first is last:
        return None
    return (last.resident_mb - first.resident_mb) * 2**20 / (last.tasks - first.tasks)


def task_ids(count: int) -> list[str]:
    """The ids of the account's first tasks: they follow from its name."""
    account = new_account(Settings(), account_id(), 0)
    return [next_task_id(replace(account, serial=serial)) for serial in range(count)]


def _polls(folder: Path, ids: Sequence[str]) -> Asked:
    """A poll of any of them."""
    path = folder / f"{len(ids)}"
    path.write_text("".join(f"{each}\n" for each in ids))
    return Asked("GET", "/api/v1/tasks/{id}", ids=path)


def _fill(running: Running, made: int, size: int, ids: Sequence[str], amount: Amount) -> int:
    """From `made` tasks to `size`, by creates over HTTP; how many of them failed."""
    failed = 0
    if not made:
        call(f"{running.base_url}/_mock/accounts/{KEY}/topup", MONEY)
    per_s = 10_000.0
    while size - made > 2 * per_s:
        seconds = max(1, int(SURE * (size - made) / per_s)) if made else 1
        load = run(running.base_url, create(), seconds, amount.connections, load_pin())
        made, per_s, failed = _count(running, ids), max(per_s, load.per_s), failed + load.failed
    failed += create_exactly(running.base_url, create(), size - made, min(amount.connections, size - made))
    return failed


def _count(running: Running, ids: Sequence[str]) -> int:
    """How many tasks there are: one more is made, and its id says the how-manieth it is."""
    body = BODY.replace("{n}", "one more").encode()
    task_id = call(f"{running.base_url}/api/v1/tasks", body)["task_id"]
    try:
        return ids.index(task_id) + 1
    except ValueError:
        raise Broken(f"{task_id} is none of the first {len(ids)} tasks of {KEY}") from None


def _step(small: Running, large: Running, few: Asked, all_there_are: Asked, size: int, amount: Amount) -> Step:
    beside: list[Round] = []
    polls: list[Round] = []
    for _ in range(amount.rounds):
        beside.append(measured(small, few, amount.seconds, amount.connections))
        polls.append(measured(large, all_there_are, amount.seconds, amount.connections))
    resident_mb = usage.resident_mb(large.process_id)
    return Step(size, figures(polls), figures(beside), rate_ratio(polls, beside), cpu_ratio(polls, beside), resident_mb)


def _payload_bytes(running: Running) -> float:
    """The length of the creates' bodies, on an average of those in the journal."""
    found = call(f"{running.base_url}/_mock/accounts/{KEY}/journal?method=POST")["exchanges"]
    sizes = [each["request"]["body_bytes"] for each in found]
    return sum(sizes) / len(sizes) if sizes else 0.0
