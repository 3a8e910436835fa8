"""`GET /metrics`: counted as requests pass, or worked out of the store when asked. No label ever holds a key.

Each answer is made of a registry of its own, so that two servers in one process do not add up.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import get_args

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from mockserver import __version__
from mockserver.clock import sleep
from mockserver.lifecycle import status_at
from mockserver.records import Status, Task, record
from mockserver.tasks import Service, Traffic

PREFIX = "mindvideo_mock"


@record
class Measured:
    """What a server holds at one moment; journals are counted in exchanges, (kept, dropped)."""

    traffic: Traffic
    accounts: int
    tasks: Counter[Status]
    account_journals: tuple[int, int]
    server_journal: tuple[int, int]


async def measure(service: Service) -> Measured:
    """Look at every account, giving way to requests in between."""
    tasks: Counter[Status] = Counter()
    kept = dropped = 0
    accounts = await service.store.accounts()
    for account in accounts:
        now_ms = account.now_ms(service.wall_ms())
        found = await service.store.tasks(account.account_id)
        if found:
            tasks += await asyncio.to_thread(_statuses, found, now_ms)
        if await service.store.account(account.account_id) is None:
            continue  # It was forgotten meanwhile: what is asked of its journal, the server's answers.
        journal = await _journal(service, account.account_id)
        kept, dropped = kept + journal[0], dropped + journal[1]
        await sleep(0)
    traffic = service.traffic + service.elsewhere()
    return Measured(traffic, len(accounts), tasks, (kept, dropped), await _journal(service, None))


def _statuses(tasks: Iterable[Task], now_ms: int) -> Counter[Status]:
    return Counter(status_at(task, now_ms) for task in tasks)


async def _journal(service: Service, account_id: str | None) -> tuple[int, int]:
    page = await service.store.exchanges(account_id, 0)
    return len(page.exchanges), page.dropped


def families(measured: Measured) -> Iterator[Metric]:
    """The measured values under their names."""
    build = GaugeMetricFamily(f"{PREFIX}_build", "Always 1; which version this is.", labels=["version"])
    build.add_metric([__version__], 1)
    yield build
    requests = CounterMetricFamily(
        f"{PREFIX}_requests", "Requests to the public surface, by what they did.", labels=["operation", "status"]
    )
    named = {(operation, str(status or "none")): count for (operation, status), count in measured.traffic.items()}
    for labels, count in sorted(named.items()):
        requests.add_metric(labels, count)
    yield requests
    yield GaugeMetricFamily(f"{PREFIX}_accounts", "Accounts there are.", value=measured.accounts)
    tasks = GaugeMetricFamily(f"{PREFIX}_tasks", "Tasks there are, by what they are now.", labels=["status"])
    for status in get_args(Status):
        tasks.add_metric([status], measured.tasks[status])
    yield tasks
    exchanges = GaugeMetricFamily(f"{PREFIX}_journal_exchanges", "Exchanges the journals hold.", labels=["journal"])
    lost = GaugeMetricFamily(
        f"{PREFIX}_journal_dropped",
        "Exchanges the journals had no room for, since they were cleared.",
        labels=["journal"],
    )
    for name, (kept, dropped) in (("accounts", measured.account_journals), ("server", measured.server_journal)):
        exchanges.add_metric([name], kept)
        lost.add_metric([name], dropped)
    yield exchanges
    yield lost


def render(measured: Measured) -> tuple[str, bytes]:
    """(content type, text) in the format of Prometheus; what the process itself takes is in it too."""
    registry = CollectorRegistry()
    registry.register(_Fixed(measured))
    ProcessCollector(registry=registry)
    return CONTENT_TYPE_PLAIN_0_0_4, generate_latest(registry)


class _Fixed(Collector):
    """What the registry wants to be given."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def collect(self) -> Iterator[Metric]:
        return families(self._measured)
