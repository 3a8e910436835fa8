"""That the bench reads what it is told and counts right. Nothing here says how fast anything is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import aims, asked, generator, growth, load, rivals, speed, table, usage
from tests.bench.__main__ import picked
from tests.bench.load import Broken, Load
from tests.bench.result import Operation, Result, Row
from tests.bench.servers import MONEY, baselines, call
from tests.bench.speed import Round
from tests.bench.starting import Start
from tests.serving import serving

WRK = """Running 3s test @ http://127.0.0.1:4811/api/v1/tasks/task_0123
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    77.10ms  201.33ms   1.42s    91.38%
    Req/Sec     3.83k     2.48k    7.50k    53.33%
  Latency Distribution
     50%  500.00us
     75%   25.06ms
     90%  197.85ms
     99%    1.05s
  11444 requests in 3.00s, 5.34MB read
Requests/sec:   3812.27
Transfer/sec:      1.78MB
"""
BAD = """  Socket errors: connect 1, read 2, write 0, timeout 4
  Non-2xx or 3xx responses: 30
"""
MACHINE = {
    "cpu": "a CPU",
    "cores": "2",
    "is_virtual": "yes",
    "system": "Linux",
    "python": "3.11",
    "load_average": "0.10",
}
LOAD: dict[str, str | int] = {"tool": "wrk", "rounds": 1, "seconds": 2, "connections": 64, "is_pinned": 1}
FIRST_BODY = asked.BODY.replace("{n}", "first")

positive = st.floats(0.01, 1e6)


def a_round(per_s: float, cpu_us: float | None = None, failed: int = 0) -> Round:
    return Round(Load(100, per_s, 1.0, 2.0, failed), cpu_us)


def test_wrk_is_read() -> None:
    """What wrk prints is its answers, its rate, and latencies in milliseconds whatever their unit."""
    assert load.parsed(WRK) == Load(11444, 3812.27, 0.5, 1050.0, 0)


def test_failures_of_wrk_are_counted() -> None:
    """An answer that is no success is a failure, and so is whatever befalls a connection."""
    assert load.parsed(WRK.replace("Requests/sec", f"{BAD}Requests/sec")).failed == 37


def test_wrk_without_a_rate_is_an_end() -> None:
    """What wrk says instead of a rate is shown."""
    with pytest.raises(Broken, match="unable to connect"):
        load.parsed("unable to connect to 127.0.0.1:1 Connection refused")


def test_ticks_of_a_process() -> None:
    """CPU is utime, stime and that of children waited for, whatever the process calls itself."""
    assert usage.ticks("12 (a) b) (c) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0 1") == 127


def test_what_began_later_counts_from_nothing() -> None:
    """What a process used before the first look is not counted; where nothing can be looked at, nothing is said."""
    assert usage.since_s({1: 5.0}, {1: 7.0, 2: 0.5}) == 2.5
    assert usage.since_s({1: 5.0}, {}) is None


def test_servers_are_picked_by_a_word() -> None:
    """The bare one is always there; a word that fits none is refused with the names there are."""
    servers = baselines()
    assert [each.name for each in picked(servers, ["fast"])] == ["bare ASGI", "FastAPI"]
    with pytest.raises(Broken, match="nobody: there are bare ASGI, Starlette, FastAPI"):
        picked(servers, ["nobody"])


@given(st.lists(positive, min_size=1, max_size=9), positive)
def test_a_slower_machine_changes_no_ratio(rates: list[float], factor: float) -> None:
    """What slows a whole round by any factor leaves the ratio as it is."""
    bare = [a_round(rate) for rate in rates]
    half = [a_round(rate * factor / 2) for rate in rates]
    found = speed.rate_ratio(half, [a_round(rate * factor) for rate in rates])
    assert found == pytest.approx(0.5)
    assert speed.rate_ratio(bare, bare) == pytest.approx(1)


@given(st.lists(positive, min_size=1, max_size=9))
def test_medians(rates: list[float]) -> None:
    """Half of the rounds are no faster and half no slower; spread is nothing where all are equal."""
    found = speed.figures([a_round(rate) for rate in rates])
    assert (
        sum(rate <= found.per_s for rate in rates) * 2 >= len(rates) <= sum(rate >= found.per_s for rate in rates) * 2
    )
    assert (found.spread == 0) == (len(set(rates)) == 1)


def test_ratio_by_cpu_reads_as_the_ratio_of_rates() -> None:
    """Who needs twice the CPU is half as fast; where CPU is not known there is no ratio."""
    assert speed.cpu_ratio([a_round(1, cpu_us=60)], [a_round(1, cpu_us=30)]) == 0.5
    assert speed.cpu_ratio([a_round(1)], [a_round(1, cpu_us=30)]) is None


def test_bytes_of_a_task() -> None:
    """Memory for a task is what lies between the first and the last step, by the tasks between them."""
    few = growth.Step(0, speed.figures([a_round(1)]), speed.figures([a_round(1)]), 1.0, 1.0, 60.0)
    many = replace(few, tasks=2**20, resident_mb=1560.0)
    assert growth.bytes_each([few, many]) == 1500
    assert growth.bytes_each([few]) is None
    assert growth.bytes_each([few, replace(many, resident_mb=None)]) is None


def a_result(get: Round, bare: Round, ready_s: float) -> Result:
    start = Start(ready_s, 32.0)
    rates = (speed.rate_ratio([get], [bare]), speed.cpu_ratio([get], [bare]))
    rows = (
        Row("bare ASGI", "1", "", start, {"GET": Operation(speed.figures([bare]), 1.0, 1.0)}),
        Row(aims.OURS, "1", "", start, {"GET": Operation(speed.figures([get]), *rates)}),
        Row("Prism", "", "npm and node are not on PATH", None, {}),
    )
    return Result(MACHINE, LOAD, rows)


def test_aims_are_met_or_missed() -> None:
    """Each figure is judged by its own aim; one answer that failed misses the last."""
    result = a_result(a_round(690, 50, failed=1), a_round(1000, 30), 0.35)
    judged = {each.what: each.is_met for each in aims.aims(result)}
    assert judged == {"GET, of bare ASGI": False, "ready": True, "idle memory": True, "answers that failed": False}


def test_table_is_narrow_and_whole() -> None:
    """No line is wider than 100 columns; who is not measured is named with the reason."""
    lines = list(table.lines(a_result(a_round(700, 50), a_round(1000, 30), 0.351)))
    assert max(map(len, lines)) <= 100
    text = "\n".join(lines)
    assert "Prism: not measured: npm and node are not on PATH" in text
    assert "met     by CPU 0.60" in text
    assert "0.351 s   <= 0.35 s" in text


def test_no_two_creates_are_alike() -> None:
    """Each create has a key and a prompt of its own; a replay has neither."""
    request = asked.requests(asked.create(), "run", "host")
    sent = [request() for _ in range(50)]
    assert len({one.partition(b"\r\n\r\n")[2] for one in sent}) == 50
    assert len({one.partition(b"Idempotency-Key: ")[2].partition(b"\r\n")[0] for one in sent}) == 50
    again = asked.requests(asked.Asked("POST", "/", asked.BODY.replace("{n}", ""), "key"), "run", "host")
    assert again() == again()


def test_load_is_what_was_asked_for() -> None:
    """By whichever tool is here: every create is a new task with another prompt, every replay the same one again."""
    with serving() as base_url:
        call(f"{base_url}/_mock/accounts/{asked.KEY}/topup", MONEY)
        journal = f"{base_url}/_mock/accounts/{asked.KEY}/journal?method=POST"
        for again, one in ((False, asked.create()), (True, asked.Asked("POST", "/api/v1/tasks", FIRST_BODY, "first"))):
            found = load.run(base_url, one, 1, 4)
            assert found.answers > 0 == found.failed
            exchanges = call(journal)["exchanges"][-100:]
            assert len({each["request"]["body"] for each in exchanges}) == (1 if again else len(exchanges))
            assert len({each["task_id"] for each in exchanges}) == (1 if again else len(exchanges))


def test_ids_are_those_of_the_server() -> None:
    """The tasks of an account have the ids that the bench polls, as many as were asked for, and no answer fails."""
    with serving() as base_url:
        waits = generator.run(base_url, asked.create(), "run", 3, limit=20)
        assert (len(waits.waits_s), waits.failed) == (20, 0)
        for task_id in growth.task_ids(20):
            poll = asked.Asked("GET", f"/api/v1/tasks/{task_id}")
            assert generator.run(base_url, poll, "run", 1, limit=1).failed == 0
        missing = asked.Asked("GET", f"/api/v1/tasks/{growth.task_ids(21)[-1]}")
        assert generator.run(base_url, missing, "run", 1, limit=1).failed == 1


def test_bare_is_first() -> None:
    """What all are measured by leads its round; rivals come from npm by ranges of versions."""
    assert baselines()[0].name == "bare ASGI"
    assert all(version.startswith("^") for version in rivals.PACKAGES.values())
