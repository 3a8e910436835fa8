"""The one reader of wall time, of chance and the one sleeper: everything else is handed what it needs."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable

Sleep = Callable[[float], Awaitable[None]]

sleep: Sleep = asyncio.sleep


def wall_ms() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def monotonic_s() -> float:
    """Seconds on a clock that never goes back; only differences mean anything."""
    return time.perf_counter()


def token(size_bytes: int = 8) -> str:
    """An unguessable lower-case hex string, `size_bytes` × 2 characters long."""
    return secrets.token_hex(size_bytes)
