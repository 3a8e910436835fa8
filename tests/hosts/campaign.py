"""Two servers, their database and their clients on four hosts; one server is cut off again and again, under load."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from mockserver.clock import monotonic_s, token
from tests.crash.campaign import Killer, Outcome, campaign
from tests.crash.cluster import Cluster
from tests.crash.line import Answer, Line, Lost
from tests.crash.load import BODY, TASKS, UNAVAILABLE
from tests.crash.server import Served
from tests.hosts.network import Network

SERVERS = ("alpha", "beta")
DATABASE, CLIENTS = "database", "clients"
HEALTH = "/_mock/health"

REFUSED_S = 7.0
"""How soon a server that has lost its database says so, whatever it is asked: it gives the database 5 s."""

ELSEWHERE_S = 20.0
"""How soon the other server makes the same task: a lease runs 15 s."""

BACK_S = 8.0
"""How soon a server that is no longer cut off serves again."""

PATIENCE_S = 8.0
"""Of clients, who then ask the other server."""

GONE_S = 1.0
"""How long it is looked whether an answer comes from a host that cannot be reached."""

CREATES_A_CUT = 300
"""Enough that there are some to make as long as it lasts."""

KEY = "mv_live_hosts"


@contextmanager
def hosts() -> Iterator["Hosts"]:
    """All four, up and running; what reaches them is inside the network, where the clients are."""
    with (
        Network(*SERVERS, DATABASE, CLIENTS) as network,
        Cluster(network.address(DATABASE), network.within(DATABASE)) as cluster,
    ):
        alpha, beta = (
            Served(cluster.url, address=network.address(name), within=network.within(name)) for name in SERVERS
        )
        with alpha, beta:
            yield Hosts(network, cluster, dict(zip(SERVERS, (alpha, beta), strict=True)))


def run(cuts: int, seed: int, hold_s: float) -> Outcome:
    """So many cuts, each up to `hold_s` seconds longer than it takes to be noticed."""
    with hosts() as there, there.network.inside(CLIENTS):
        kinds = [
            Killer("of the database", 3, lambda random: there.lose_database(random, random.uniform(0, hold_s))),
            Killer("of everybody", 2, lambda random: there.lose_everybody(random, random.uniform(0, hold_s))),
            Killer("of the clients", 1, lambda random: there.lose_clients(random, random.uniform(0, hold_s))),
        ]
        servers = list(there.servers.values())
        outcome = asyncio.run(
            campaign(
                "two hosts", servers, kinds, cuts, seed, word="cuts", creates=CREATES_A_CUT, patience_s=PATIENCE_S
            ),
        )
    outcome.violations.extend(there.violations)
    outcome.longest_s.update(there.longest_s)
    return outcome


@dataclass(slots=True)
class Hosts:
    """What can befall them; each returns once all is whole again."""

    network: Network
    cluster: Cluster
    servers: dict[str, Served]
    violations: list[str] = field(default_factory=list)
    longest_s: dict[str, float] = field(default_factory=dict)

    def lose_database(self, random: Random, hold_s: float) -> bool:
        """One server reaches its clients only: it says 503 in time, and the other one makes what it did not."""
        host, other = random.sample(SERVERS, 2)
        order = f"order-{token()}"
        self.network.cut(host, DATABASE)
        until_s = monotonic_s() + hold_s
        asyncio.run(self.refused(host, order))
        asyncio.run(self._made(other, order))
        while monotonic_s() < until_s:
            asyncio.run(self.refused(host, order))
        self.network.heal(host, DATABASE)
        asyncio.run(self._back(host, order))
        return True

    def lose_everybody(self, random: Random, hold_s: float) -> bool:
        """One server reaches nobody."""
        return self._lose(random, hold_s, CLIENTS, DATABASE)

    def lose_clients(self, random: Random, hold_s: float) -> bool:
        """One server reaches its database only."""
        return self._lose(random, hold_s, CLIENTS)

    def _lose(self, random: Random, hold_s: float, *lost: str) -> bool:
        host, other = random.sample(SERVERS, 2)
        order = f"order-{token()}"
        self.network.cut(host, *lost)
        until_s = monotonic_s() + hold_s
        asyncio.run(self.gone(host, order))
        asyncio.run(self._made(other, order))
        while monotonic_s() < until_s:
            asyncio.run(self.gone(host, order))
        self.network.heal(host, *lost)
        asyncio.run(self._back(host, order))
        return True

    async def refused(self, host: str, order: str) -> None:
        """Whatever it is asked, at once by many: 503 and when to come again, within the bound."""
        asked = [("GET", HEALTH), ("POST", TASKS), ("GET", f"{TASKS}/task_0"), ("GET", "/_mock/accounts")]
        began_s = monotonic_s()
        answers = await asyncio.gather(*(self._ask(host, *each, order, REFUSED_S) for each in asked * 4))
        self._note("to a 503", monotonic_s() - began_s)
        for (method, path), answer in zip(asked * 4, answers, strict=True):
            if answer is None:
                self.violations.append(f"{host} without its database: no answer in {REFUSED_S} s to {method} {path}")
            elif answer.status != UNAVAILABLE or "retry-after" not in answer.headers:
                self.violations.append(f"{host} without its database: {method} {path}: {answer}")

    async def gone(self, host: str, order: str) -> None:
        """Nothing comes from there."""
        if answer := await self._ask(host, "POST", TASKS, order, GONE_S):
            self.violations.append(f"{host} is cut off, and answers: {answer}")

    async def _made(self, host: str, order: str) -> None:
        """The other server does what the one that is cut off was asked to."""
        self._note("to the same elsewhere", await self.until_served(host, order, ELSEWHERE_S))

    async def _back(self, host: str, order: str) -> None:
        """It replays what the other one has made, and is ready again."""
        self._note("to service again", await self.until_served(host, order, BACK_S))
        answer = await self._ask(host, "GET", HEALTH, order, BACK_S)
        if answer is None or answer.status != 200:
            self.violations.append(f"{host} serves, but is not ready: {answer}")

    async def until_served(self, host: str, order: str, bound_s: float) -> float:
        """The seconds it takes; more than the bound are a violation."""
        began_s, answer = monotonic_s(), None
        while (waited_s := monotonic_s() - began_s) < bound_s:
            answer = await self._ask(host, "POST", TASKS, order, bound_s - waited_s)
            if answer is not None and answer.status == 200:
                return monotonic_s() - began_s
        self.violations.append(f"{host} does not serve {order} within {bound_s} s, but says {answer}")
        return waited_s

    async def _ask(self, host: str, method: str, path: str, order: str, patience_s: float) -> Answer | None:
        """The answer; None if none came in time."""
        server = self.servers[host]
        line = Line(server.port, server.address, patience_s)
        try:
            if method == "POST":
                return await line.ask(method, path, KEY, BODY, order)
            return await line.ask(method, path, KEY)
        except Lost:
            return None
        finally:
            line.close()

    def _note(self, what: str, seconds: float) -> None:
        self.longest_s[what] = max(self.longest_s.get(what, 0.0), seconds)
