"""Samples of what a server takes and holds, and whether that is flat."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_PART, MOST_MB = 0.02, 2.0
"""How much a server may grow and still be called flat: the larger of both."""

HELD = re.compile(rb'^mindvideo_mock_(accounts|tasks|journal_exchanges)(?:\{[a-z]+="([a-z]+)"\})? (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """At `at_s` seconds, after so many requests and lives; what the server says it holds, by its metrics."""

    at_s: float
    requests: int
    lives: int
    resident_mb: float
    accounts: int
    tasks: int
    exchanges: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of the samples after the warm-up: the straight line through them that is nearest to all."""

    seconds: float
    requests: int
    first_mb: float
    growth_mb: float
    mb_per_hour: float
    mb_per_million_requests: float
    is_flat: bool

    def __str__(self) -> str:
        return (
            f"{'flat' if self.is_flat else 'NOT FLAT'}: {self.growth_mb:+.2f} MB on {self.first_mb:.1f} MB in "
            f"{self.seconds:.0f} s and {self.requests} requests; {self.mb_per_hour:+.1f} MB an hour, "
            f"{self.mb_per_million_requests:+.2f} MB a million requests"
        )


def judged(samples: Sequence[Sample]) -> Verdict:
    """What samples, two at least, say together; noise of single ones is averaged out."""
    first, last = samples[0], samples[-1]
    seconds, requests = last.at_s - first.at_s, last.requests - first.requests
    sizes_mb = [sample.resident_mb for sample in samples]
    mb_per_s = slope([sample.at_s for sample in samples], sizes_mb)
    growth_mb = mb_per_s * seconds
    return Verdict(
        seconds=seconds,
        requests=requests,
        first_mb=first.resident_mb,
        growth_mb=growth_mb,
        mb_per_hour=mb_per_s * 3600,
        mb_per_million_requests=slope([sample.requests for sample in samples], sizes_mb) * 1e6,
        is_flat=growth_mb <= max(MOST_MB, MOST_PART * first.resident_mb),
    )


def slope(places: Sequence[float], heights: Sequence[float]) -> float:
    """Of the line of least squares."""
    middle, mean = sum(places) / len(places), sum(heights) / len(heights)
    spread = sum((place - middle) ** 2 for place in places)
    along = zip(places, heights, strict=True)
    return sum((place - middle) * (height - mean) for place, height in along) / spread


def held(metrics: bytes) -> tuple[int, int, int]:
    """(accounts, tasks, exchanges in the journals) of an answer of `/metrics`."""
    found = {"accounts": 0, "tasks": 0, "journal_exchanges": 0}
    for name, _, value in HELD.findall(metrics):
        found[name.decode()] += int(float(value))
    return found["accounts"], found["tasks"], found["journal_exchanges"]
