"""All obligations by id, in the order of HARNESS.md §3."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

from contracts.obligations import (
    Broken,
    k1,
    k2,
    k3,
    k5,
    k6,
    k7,
    k8,
    k10,
    k11,
    k16,
    l1,
    l2,
    p1,
    p2,
    p3,
    p4,
    p5,
    p6,
    p7,
    p8,
    p9,
    p10,
    p11,
    p12,
    p14,
    p15,
    p16,
    r1,
    r2,
    r3,
    r4,
    r5,
    r7,
    r9,
    r10,
    r12,
    r16,
    s1,
    s2,
    s3,
    s5,
    s6,
    s7,
    x1,
    x2,
    x3,
    x5,
    x9,
    x11,
)
from contracts.run import Run

Level = Literal["M", "S", "P"]


@dataclass(frozen=True, slots=True)
class Obligation:
    """One promise and its judge. One with `timing` may err on a busy machine, and is run again before it counts."""

    id: str
    level: Level
    source: str
    promise: str
    timing: bool
    exercised: Callable[[Run], bool]
    check: Callable[[Run], Iterator[Broken]]


def _of(module: ModuleType) -> Obligation:
    assert module.__doc__ is not None, "an obligation's docstring is its promise"
    return Obligation(
        id=module.__name__.rpartition(".")[2].upper(),
        level=module.LEVEL,
        source=module.SOURCE,
        promise=" ".join(module.__doc__.split()),
        timing=getattr(module, "TIMING", False),
        exercised=module.exercised,
        check=module.check,
    )


OBLIGATIONS: dict[str, Obligation] = {
    obligation.id: obligation
    for obligation in map(
        _of,
        (
            *(k1, k2, k3, k5, k6, k7, k8, k10, k11, k16),
            *(r1, r2, r3, r4, r5, r7, r9, r10, r12, r16),
            *(p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p14, p15, p16),
            *(x1, x2, x3, x5, x9, x11),
            *(s1, s2, s3, s5, s6, s7),
            *(l1, l2),
        ),
    )
}
