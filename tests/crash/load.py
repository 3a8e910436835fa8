"""Creates with keys, polls and replays, by clients who ask again until they are answered; and what they saw."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random

from mockserver.clock import monotonic_s, sleep
from tests.crash.line import Answer, Line, Lost

TASKS = "/api/v1/tasks"
INPUT = {
    "character_orientation": "image",
    "mode": "std",
    "image_url": "https://example.com/ref-image.png",
    "video_url": "https://example.com/ref-video-8s.mp4",
}
BODY = {"model": "kling-v3-motion-control", "input": INPUT}
PAUSE_S = 0.05
"""Before the same is asked again."""

UNAVAILABLE = 503


@dataclass(slots=True)
class Order:
    """A create under a key; `task_id` once it was acknowledged, `taker` is the number of the server that did."""

    key: str
    idempotency_key: str
    task_id: str | None = None
    taker: int = 0


class Load:
    """Clients, each with connections of its own, one for each server; at most `most` creates between them.

    Who is not answered asks the next server. A key is replayed on another server than the one that took it.
    """

    def __init__(self, lines: Callable[[], list[Line]], keys: list[str], seed: int, most: int) -> None:
        self._lines = lines
        self._keys = keys
        self._seed = seed
        self._most = most
        self._is_over = False
        self.orders: list[Order] = []
        self.acknowledged: list[Order] = []
        self.seen: Counter[str] = Counter()
        self.violations: list[str] = []
        self.longest_s = 0.0
        """From when something was asked for first to its answer."""

    @property
    def answers(self) -> int:
        return self.seen["create"] + self.seen["poll"] + self.seen["replay"]

    async def run(self, clients: int) -> None:
        """Until `finish`; then every create that was begun is brought to its end."""
        await asyncio.gather(*(self._client(self._lines(), Random(f"{self._seed}/{each}")) for each in range(clients)))

    def finish(self) -> None:
        """Begin nothing new."""
        self._is_over = True

    async def _client(self, lines: list[Line], random: Random) -> None:
        while not self._is_over:
            kind = random.choices(("create", "poll", "replay"), (5, 3, 2))[0]
            if not self.acknowledged or (kind == "create" and len(self.orders) < self._most):
                order = Order(random.choice(self._keys), f"order-{len(self.orders)}")
                self.orders.append(order)
                await self._create(lines, order, "create", random.randrange(len(lines)))
            elif kind == "poll":
                await self._poll(lines, random.choice(self.acknowledged), random.randrange(len(lines)))
            else:
                order = random.choice(self.acknowledged)
                await self._create(lines, order, "replay", order.taker + 1)
        for line in lines:
            line.close()

    async def _create(self, lines: list[Line], order: Order, kind: str, first: int) -> None:
        answer, taker = await self._answer(lines, order, "POST", TASKS, first)
        self.seen[kind] += 1
        task_id = answer.json.get("task_id")
        if answer.status != 200 or (order.task_id or task_id) != task_id:
            self.violations.append(f"{kind} of {order}: {answer.status} {answer.body.decode()}")
        elif order.task_id is None:
            order.task_id, order.taker = task_id, taker
            self.acknowledged.append(order)

    async def _poll(self, lines: list[Line], order: Order, first: int) -> None:
        answer, _ = await self._answer(lines, order, "GET", f"{TASKS}/{order.task_id}", first)
        self.seen["poll"] += 1
        if answer.status != 200 or answer.json["task_id"] != order.task_id:
            self.violations.append(f"poll of {order}: {answer.status} {answer.body.decode()}")

    async def _answer(self, lines: list[Line], order: Order, method: str, path: str, first: int) -> tuple[Answer, int]:
        """Ask one server after the other until there is an answer that is none of an outage; who gave it."""
        began_s = monotonic_s()
        for number in count(first):
            line = lines[number % len(lines)]
            try:
                if method == "POST":
                    answer = await line.ask(method, path, order.key, BODY, order.idempotency_key)
                else:
                    answer = await line.ask(method, path, order.key)
            except Lost:
                self.seen["no answer"] += 1
            else:
                if answer.status != UNAVAILABLE:
                    self.longest_s = max(self.longest_s, monotonic_s() - began_s)
                    return answer, number % len(lines)
                self.seen["503"] += 1
                if "retry-after" not in answer.headers:
                    self.violations.append(f"a 503 without Retry-After: {answer.body.decode()}")
            await sleep(PAUSE_S)
        raise AssertionError("numbers do not end")
