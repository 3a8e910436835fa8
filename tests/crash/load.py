"""Creates with keys, polls and replays, by clients who ask again until they are answered; and what they saw."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from random import Random

from mockserver.clock import sleep
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
    """A create under a key; `task_id` once it was acknowledged."""

    key: str
    idempotency_key: str
    task_id: str | None = None


class Load:
    """Clients on one server, each with a connection of its own; at most `most` creates between them."""

    def __init__(self, port: int, keys: list[str], seed: int, most: int) -> None:
        self._port = port
        self._keys = keys
        self._seed = seed
        self._most = most
        self._is_over = False
        self.orders: list[Order] = []
        self.acknowledged: list[Order] = []
        self.seen: Counter[str] = Counter()
        self.violations: list[str] = []

    @property
    def answers(self) -> int:
        return self.seen["create"] + self.seen["poll"] + self.seen["replay"]

    async def run(self, clients: int) -> None:
        """Until `finish`; then every create that was begun is brought to its end."""
        await asyncio.gather(
            *(self._client(Line(self._port), Random(f"{self._seed}/{each}")) for each in range(clients))
        )

    def finish(self) -> None:
        """Begin nothing new."""
        self._is_over = True

    async def _client(self, line: Line, random: Random) -> None:
        while not self._is_over:
            kind = random.choices(("create", "poll", "replay"), (5, 3, 2))[0]
            if not self.acknowledged or (kind == "create" and len(self.orders) < self._most):
                order = Order(random.choice(self._keys), f"order-{len(self.orders)}")
                self.orders.append(order)
                await self._create(line, order, "create")
            elif kind == "poll":
                await self._poll(line, random.choice(self.acknowledged))
            else:
                await self._create(line, random.choice(self.acknowledged), "replay")
        line.close()

    async def _create(self, line: Line, order: Order, kind: str) -> None:
        answer = await self._answer(line, order, "POST", TASKS)
        self.seen[kind] += 1
        task_id = answer.json.get("task_id")
        if answer.status != 200 or (order.task_id or task_id) != task_id:
            self.violations.append(f"{kind} of {order}: {answer.status} {answer.body.decode()}")
        elif order.task_id is None:
            order.task_id = task_id
            self.acknowledged.append(order)

    async def _poll(self, line: Line, order: Order) -> None:
        answer = await self._answer(line, order, "GET", f"{TASKS}/{order.task_id}")
        self.seen["poll"] += 1
        if answer.status != 200 or answer.json["task_id"] != order.task_id:
            self.violations.append(f"poll of {order}: {answer.status} {answer.body.decode()}")

    async def _answer(self, line: Line, order: Order, method: str, path: str) -> Answer:
        """Ask until there is an answer that is none of an outage."""
        while True:
            try:
                if method == "POST":
                    answer = await line.ask(method, path, order.key, BODY, order.idempotency_key)
                else:
                    answer = await line.ask(method, path, order.key)
            except Lost:
                self.seen["no answer"] += 1
            else:
                if answer.status != UNAVAILABLE:
                    return answer
                self.seen["503"] += 1
                if "retry-after" not in answer.headers:
                    self.violations.append(f"a 503 without Retry-After: {answer.body.decode()}")
            await sleep(PAUSE_S)
