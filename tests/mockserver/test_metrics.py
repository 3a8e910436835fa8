"""`GET /metrics`, as Prometheus reads it (API.md §7)."""

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mockserver.clock import sleep
from mockserver.metrics import measure
from mockserver.settings import Settings
from tests.asgi import OTHER_KEY, Caller, kling
from tests.mockserver.control.desk import KEY_IN_TEXT, Desk, desk

Samples = dict[tuple[str, ...], float]


async def scraped(made: Desk) -> Samples:
    """Every sample by its name without prefix and its labels' values."""
    reply = await made.call("GET", "/metrics")
    assert reply.header("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    assert reply.header("content-length") == str(len(reply.body))
    assert not KEY_IN_TEXT.search(reply.text)
    return {
        (sample.name.removeprefix("mindvideo_mock_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(reply.body.decode())
        for sample in family.samples
    }


@pytest.mark.clause("C-METRICS")
async def test_an_idle_server() -> None:
    """All that can be said of nothing, and what the process takes."""
    found = await scraped(Desk())
    assert found["accounts",] == 0
    assert found["tasks", "queued"] == found["tasks", "succeeded"] == found["tasks", "failed"] == 0
    assert found["journal_exchanges", "server"] == found["journal_exchanges", "accounts"] == 0
    assert not any(name[0] == "requests_total" for name in found)
    assert found["process_resident_memory_bytes",] > 1_000_000
    assert [value for name, value in found.items() if name[0] == "build"] == [1]


@pytest.mark.clause("C-METRICS")
async def test_what_has_happened_is_counted() -> None:
    """Requests by operation and status, tasks by what they are now, journals by what they hold and lost."""
    made = await desk(Settings(journal_size=3), plan={"queued_s": 10, "processing_s": 10})
    other = await desk(caller=made.caller, plan={"timing": "instant"})
    tasks = [await made.made(), await made.made(), await made.made(kling(prompt="[mock:stuck]"))]
    await other.made()
    await made.caller.read(tasks[0], key=made.key)
    await made.caller.read("task_x", key=made.key)
    await made.caller.create(key=None)
    await made.ok("POST", f"tasks/{tasks[0]}/cancel")
    await made.ok("POST", "clock/advance", {"seconds": 20})
    found = await scraped(made)
    assert {name[1:]: value for name, value in found.items() if name[0] == "requests_total"} == {
        ("create", "200"): 4,
        ("create", "401"): 1,
        ("read", "200"): 1,
        ("read", "404"): 1,
    }
    assert {name[1]: value for name, value in found.items() if name[0] == "tasks"} == {
        "queued": 0,
        "processing": 1,
        "succeeded": 2,
        "failed": 0,
        "cancelled": 1,
    }
    assert found["accounts",] == 2
    assert (found["journal_exchanges", "accounts"], found["journal_dropped", "accounts"]) == (4, 2)
    assert (found["journal_exchanges", "server"], found["journal_dropped", "server"]) == (1, 0)


@pytest.mark.clause("C-METRICS")
async def test_counters_do_not_go_back() -> None:
    """Neither a cleared journal nor a forgotten account takes a request back."""
    made = await desk()
    await made.made()
    await made.ok("DELETE", "journal")
    await made.ok("DELETE", "")
    found = await scraped(made)
    assert found["requests_total", "create", "200"] == 1
    assert (found["accounts",], found["journal_exchanges", "accounts"]) == (0, 0)


@pytest.mark.clause("C-METRICS")
async def test_two_servers_do_not_add_up() -> None:
    """Each counts what it has seen itself; a request for metrics is not counted."""
    first, second = await desk(), await desk()
    await first.made()
    assert (await scraped(first))["requests_total", "create", "200"] == 1
    assert not any(name[0] == "requests_total" for name in await scraped(second))
    assert (await scraped(first))["requests_total", "create", "200"] == 1


@pytest.mark.clause("C-METRICS")
async def test_an_account_that_is_forgotten_meanwhile() -> None:
    """Its journal is gone, and no other is counted in its place."""
    caller = Caller()
    await caller.made()
    await caller.create(key=OTHER_KEY)
    await caller.request("GET", "/nowhere", key=None)
    measuring = asyncio.create_task(measure(caller.service))
    await sleep(0)
    assert await caller.store.forget((await caller.account(OTHER_KEY)).account_id)
    assert (await measuring).account_journals == (1, 0)
