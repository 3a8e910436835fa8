"""Results made by hand: rulings over runs made by hand, with the judges' own words on them."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from contracts.obligations import Broken
from contracts.obligations.judging import judge
from contracts.obligations.registry import OBLIGATIONS
from contracts.run import Run
from contracts.verdicts import Counterexample, Result, Ruling, Word
from tests.contracts.runs import create, play, read, report

FIRST, SECOND = "task_4f1c2d9e8a7b6c5d4e3f2a1b", "task_99ac2d9e8a7b6c5d4e3f2a1b"
WAIT = (("Retry-After", "3"),)

PAID_TWICE = play(
    create(None, fault="lost_response", task_id=FIRST),
    create(key="key-2", task_id=SECOND, after_s=0.5),
    read(task_id=SECOND),
    read("succeeded", task_id=SECOND),
    reports=(report(task_id=SECOND),),
)
"""The answer of a create is lost, and the client asks again with another key."""

TOO_EARLY = play(create(429, "rate_limited", fault="status", answer=WAIT), create(after_s=0.5), read("succeeded"))

TIGHT = play(create(), *[read(after_s=0.001)] * 300, read("succeeded"))

CRASHED = play(
    create(),
    read(status=None, fault="stall", duration_ms=40_000),
    reports=(report("crashed", None, detail="exit code 1", stderr="Traceback\n\n  \x1b[31mmv_live_secret\n"),),
)

TWINS = play(
    create(),
    create(task=1, task_id="task_2"),
    read("succeeded"),
    read("succeeded", task=1, task_id="task_2"),
    reports=(report(), report(task_id="task_2")),
    twin=True,
)


def found(run: Run, name: str, agreement: tuple[int, int] = (1, 1)) -> Counterexample:
    """The first way in which a run breaks a promise."""
    return Counterexample(run.life, run, judge(run)[name].broken[0], agreement)


def said(run: Run, message: str = "It went wrong.", *exchanges: int) -> Counterexample:
    """A run with a complaint of one's own."""
    return Counterexample(run.life, run, Broken(message, exchanges))


def ruling(name: str, word: Word, counterexample: Counterexample | None = None, **more: Any) -> Ruling:
    """A ruling over some lives."""
    return Ruling(OBLIGATIONS[name], word, **({"judged": 12, "counterexample": counterexample} | more))


def result(*rulings: Ruling, **more: Any) -> Result:
    """The result of a check."""
    given: dict[str, Any] = {
        "client": "node client.mjs",
        "rulings": rulings,
        "lives": 200,
        "seconds": 12.34,
        "seed": 0,
        "cost": Decimal("23.15"),
        "flags": "--command 'node client.mjs'",
    }
    return Result(**(given | more))


def mixed() -> Result:
    """One ruling of each sort."""
    return result(
        ruling("K2", "PASS", known="ticket 11"),
        ruling("K3", "PASS", judged=100),
        ruling("K5", "FAIL", found(TWINS, "K5")),
        ruling("K6", "FAIL", found(PAID_TWICE, "K6", (2, 3))),
        ruling("R4", "FAIL", found(TOO_EARLY, "R4"), readings=("create_status=201",)),
        ruling("R5", "INCONCLUSIVE", message="It was broken once, and not again."),
        ruling("P6", "WARN", found(TIGHT, "P6")),
        ruling("P15", "FAIL", found(CRASHED, "P15"), known="ticket 12"),
        ruling("S3", "NOT_EXERCISED", judged=0),
        ruling("L2", "FAIL", found(CRASHED, "L2")),
    )


SECRETS: Sequence[str] = ("mv_live_secret", "mv_test_other")
"""Keys that nothing which is shown may hold: that of the runs, and another one."""


def poisoned() -> Result:
    """A result in which everybody said what is dangerous to show: keys, markup, control characters."""
    evil = "<script>alert('mv_live_secret')</script>]]>&amp;\x1b[31m\x00\u202e\ud800 mv_test_other\n-- `x`"
    body = b'{"error": {"code": "<img src=x> mv_live_secret"}}'
    bad = create(500, key=evil, body=body, answer=(("Retry-After", evil),))
    bad = replace(bad, method="<b>", path=f"/api/v1/tasks/{evil}", query=evil)
    reports = (report("crashed", evil, detail=evil, stderr=evil, message=evil),)
    run = play(bad, create(key="mv_live_secret"), reports=reports)
    return result(
        ruling("K2", "FAIL", said(run, evil, 1), known=None, readings=(evil,)),
        ruling("K6", "FAIL", known=evil, message=evil),
        client=evil,
        flags=evil,
        errors=(evil,),
    )
