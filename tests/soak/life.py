"""What users do, one after the other, each with an account of his own that is gone when he has done."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from urllib.parse import urlsplit

from tests.processes import ROOT
from tests.soak.line import Line, Reply, connect

TASKS = "/api/v1/tasks"
CREATES = 3
POLLS = 3
NONCE = "0123456789"
"""In every prompt and URL of a prepared request; replaced by what nobody else has."""

Turn = Callable[[], Awaitable[None]]
"""Waits until the next request is due."""


async def at_once() -> None:
    """At full speed."""


def _accepted() -> list[bytes]:
    """A request of every model, with a place for a nonce in what a client chooses freely."""
    found = []
    for path in sorted((ROOT / "fixtures").glob("*/accepted.json")):
        text = path.read_text()
        for free in ('"prompt": "', "https://example.com/"):
            text = text.replace(free, f"{free}{NONCE}/")
        found.append(text.encode())
    return found


def _refused() -> list[bytes]:
    """One that is refused, of every model."""
    paths = sorted((ROOT / "fixtures").glob("*/refused.json"))
    return [json.dumps(json.loads(path.read_text())["body"]).encode() for path in paths]


class Lives:
    """Each is lived once. `seen` counts the answers to them, `wrong` tells of those that were not expected."""

    def __init__(self, base_url: str, prefix: str = "soak") -> None:
        self._base_url = base_url
        self._host = urlsplit(base_url).netloc.encode()
        self._prefix = prefix
        self._numbers = count()
        self._accepted = _accepted()
        self._refused = _refused()
        self._is_over = False
        self.ended = 0
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []

    @property
    def requests(self) -> int:
        return self.seen.total()

    def finish(self) -> None:
        """Begin none any more."""
        self._is_over = True

    async def run(self, clients: int, turn: Turn = at_once, most: int | None = None) -> None:
        """So many at a time, until `finish`, or until `most` have been lived."""

        async def client() -> None:
            while not self._is_over and (most is None or self.ended < most):
                line = await connect(self._base_url)
                await self._live(line, next(self._numbers), turn)
                line.close()
                self.ended += 1

        await asyncio.gather(*(client() for _ in range(clients)))

    async def _live(self, line: Line, number: int, turn: Turn) -> None:
        """A key that is new, a few tasks, a look at them now and then, and the account is deleted."""
        key = f"mv_live_{self._prefix}{number}".encode()

        async def ask(what: str, status: int, method: bytes, path: str, body: bytes = b"", more: bytes = b"") -> Reply:
            await turn()
            head = b"%b %b HTTP/1.1\r\nHost: %b\r\nContent-Length: %d\r\n" % (
                method,
                path.encode(),
                self._host,
                len(body),
            )
            typed = b"Content-Type: application/json\r\n" if body else b""
            reply = await line.ask(head + typed + more + b"\r\n" + body)
            self.seen[what] += 1
            if reply.status != status:
                self.wrong.append(f"{what} of {key.decode()}: {reply.status} {reply.body[:300].decode()}")
            return reply

        ours = b"Authorization: Bearer %b\r\n" % key
        tasks = []
        for each in range(CREATES):
            nonce = b"%010d" % (number * CREATES + each)
            body = self._accepted[(number + each) % len(self._accepted)].replace(NONCE.encode(), nonce)
            claim = ours + b"Idempotency-Key: order-%b\r\n" % nonce
            made = await ask("create", 200, b"POST", TASKS, body, claim)
            tasks.append(f"{TASKS}/{json.loads(made.body).get('task_id')}")
            for _ in range(POLLS):
                await ask("poll", 200, b"GET", tasks[-1], more=ours)
        again = await ask("replay", 200, b"POST", TASKS, body, claim)
        if again.body and json.loads(again.body).get("task_id") != tasks[-1].rpartition("/")[2]:
            self.wrong.append(f"{key.decode()} was given another task for the same key")
        await ask("events", 200, b"GET", f"{tasks[0]}/events", more=ours)
        if number % 4 == 0:
            await ask("refused create", 400, b"POST", TASKS, self._refused[number // 4 % len(self._refused)], ours)
            await ask("unknown task", 404, b"GET", f"{TASKS}/task_{number}", more=ours)
            await ask("no key", 401, b"GET", tasks[0])
        if number % 2 == 0:
            await ask("ledger", 200, b"GET", f"/_mock/accounts/{key.decode()}/ledger")
        await ask("delete", 204, b"DELETE", f"/_mock/accounts/{key.decode()}")
        if number % 8 == 0:
            await ask("dead key", 401, b"GET", tasks[0], more=ours)
