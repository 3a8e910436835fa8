"""The result as text, at most 100 columns wide."""

from collections.abc import Iterator
from textwrap import wrap

from tests.bench.aims import Aim, aims, power
from tests.bench.result import BARE, Operation, Result
from tests.bench.speed import BESIDE, OPERATIONS

HEAD = (
    f"{'':26}{'req/s':>8}{'spread':>8}{'of bare':>9}{'CPU us':>8}{'of bare':>9}{'p50 ms':>9}{'p99 ms':>9}{'failed':>8}"
)
WIDTH = 98
BUSY = 0.03
"""The part of the time that a server may wait for its core before that is said."""

WHAT = {
    "GET": "a poll of a task that has ended",
    "POST": "a create, each with a key and a prompt of its own",
    "events": "the events of that task",
    "replay": "one create again under its key",
}


def lines(result: Result) -> Iterator[str]:
    """The table, line by line."""
    yield from _speed(result)
    yield from _start(result)
    yield from _growth(result)
    yield from _absent(result)
    yield ""
    for aim in aims(result):
        yield _aim(aim)
    yield ""
    yield from _foot(result)


def _speed(result: Result) -> Iterator[str]:
    if not any(row.operations for row in result.servers):
        return
    yield HEAD
    for operation in OPERATIONS:
        found = [(row.name, row.operations[operation]) for row in result.servers if operation in row.operations]
        if found:
            yield f"{operation}: {WHAT[operation]}" + _beside(operation)
        for name, each in found:
            yield f"{'':8}{name:18}{_operation(each)}"


def _beside(operation: str) -> str:
    return f" (bare: its {BESIDE[operation]})" if BESIDE[operation] != operation else ""


def _operation(each: Operation) -> str:
    found = each.figures
    return (
        f"{found.per_s:8.0f}{found.spread:8.0%}{_part(each.rate_of_bare):>9}{_whole(found.cpu_us):>8}"
        f"{_part(each.cpu_of_bare):>9}{found.p50_ms:9.2f}{found.p99_ms:9.2f}{found.failed:8}"
    )


def _part(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _start(result: Result) -> Iterator[str]:
    found = [(row.name, row.start) for row in result.servers if row.start is not None]
    if found:
        yield ""
        yield f"{'':26}{'ready s':>8}{'idle MB':>9}"
    for name, start in found:
        yield f"{'':8}{name:18}{start.ready_s:8.3f}{_whole(start.idle_mb):>9}"


def _growth(result: Result) -> Iterator[str]:
    growth = result.growth
    if growth is None:
        return
    few = power(growth.steps[0].tasks)
    yield ""
    yield f"GET of any task there is (of few: beside a server with {few} tasks, in the same rounds)"
    yield HEAD.replace("of bare", " of few").replace("failed", "    MB")
    for step in growth.steps:
        found = step.polls
        yield (
            f"{'':8}{power(step.tasks) + ' tasks':18}{found.per_s:8.0f}{found.spread:8.0%}{_part(step.rate_ratio):>9}"
            f"{_whole(found.cpu_us):>8}{_part(step.cpu_ratio):>9}{found.p50_ms:9.2f}{found.p99_ms:9.2f}"
            f"{_whole(step.resident_mb):>8}"
        )
    payload = f"its request is {growth.payload_bytes:.0f} of them"
    yield f"{'':8}a task takes {_whole(growth.bytes_each)} bytes of memory; {payload}"


def _absent(result: Result) -> Iterator[str]:
    missing = [row for row in result.servers if row.absent]
    if missing:
        yield ""
    for row in missing:
        yield f"{row.name}: not measured: {row.absent}"


def _aim(aim: Aim) -> str:
    digits = 2 if aim.aim < 1 else 0
    measured, wanted = f"{aim.measured:.{digits}f}{aim.unit}", f"{aim.sign} {aim.aim:.{digits}f}{aim.unit}"
    if aim.unit == " s":
        measured = f"{aim.measured:.3f}{aim.unit}"
    word = "met" if aim.is_met else "missed"
    return f"{aim.what:34}{measured:>15}   {wanted:17}{word:8}{aim.beside}".rstrip()


def _foot(result: Result) -> Iterator[str]:
    for paragraph in _notes(result):
        yield from wrap(paragraph, WIDTH)


def _notes(result: Result) -> Iterator[str]:
    load, machine = result.load, result.machine
    yield (
        f"Load by {load['tool']} over {load['connections']} connections; medians of {load['rounds']} rounds of "
        f"{load['seconds']} s, all servers in turn; spread: the widest distance between rounds. CPU us: what an answer "
        "took of the server's process; of bare: of the bare application's figure in the same rounds (CPU: turned "
        "round, so that less than 1 is slower)."
    )
    yield (
        "Servers run on core 0, load on core 1, PostgreSQL on both; Node's threads share core 0."
        if load["is_pinned"]
        else "Servers and load share the cores: there is one core only, or no taskset."
    )
    yield "PostgreSQL's tables are vacuumed and analysed before each round, for autovacuum may be off."
    if load["tool"] == "python":
        yield "wrk is not installed: the generator in Python is slower than the servers, so ratios are too kind."
    if machine["is_virtual"] == "yes":
        yield (
            "A virtual machine: where the generator sleeps between answers, each write of the server has to wake it, "
            "which costs the server 3 to 6 us; over 64 connections it hardly sleeps. Ratios are for that."
        )
    bare = result.operation(BARE, "GET")
    if bare is not None and (bare.figures.waited or 0) > BUSY:
        yield (
            f"Others were at work: bare ASGI had to wait for its core {bare.figures.waited:.0%} of the time. Rates and "
            "ratios are of that; CPU us hardly are. Run it on a quiet machine."
        )
    yield f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}."
    yield "; ".join(f"{row.name}: {row.version}" for row in result.servers if row.version)
    yield f"Took {result.took_s:.0f} s."
