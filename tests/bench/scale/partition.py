"""Accounts over databases: who gets how much, where some accounts are asked more than others."""

from bisect import bisect
from collections.abc import Sequence
from hashlib import blake2b

POINTS = 160
"""Of each database on the ring, as nginx has it for `hash … consistent`."""


def shares(accounts: int, skew: float) -> list[float]:
    """The part of all requests that each account sends: the n-th as 1/n^skew (Zipf); 0 is all alike."""
    weights = [1 / (rank**skew) for rank in range(1, accounts + 1)]
    total = sum(weights)
    return [weight / total for weight in weights]


def ring(databases: int, seed: int = 0) -> list[tuple[int, int]]:
    """The points of each database on a ring, in order."""
    return sorted((place(f"{seed}/{each}/{point}"), each) for each in range(databases) for point in range(POINTS))


def place(name: str) -> int:
    """Where a name stands on the ring."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


def home(points: Sequence[tuple[int, int]], key: str) -> int:
    """The database of a key: that of the next point on the ring."""
    return points[bisect(points, (place(key), 0)) % len(points)][1]


def loads(databases: int, accounts: int, skew: float, seed: int = 0) -> list[float]:
    """The part of all requests that each database gets; the whole is 1."""
    points = ring(databases, seed)
    found = [0.0] * databases
    for number, share in enumerate(shares(accounts, skew)):
        found[home(points, f"mv_live_{seed}_{number}")] += share
    return found
