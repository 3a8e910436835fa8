"""Load on one URL for some seconds: by wrk where it is installed, else by a small generator in Python."""

import asyncio
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mockserver.clock import monotonic_s

HERE = Path(__file__).parent
CONNECTIONS = 16
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}

BODY = (
    '{"model":"kling-v3-motion-control","input":{"prompt":"人物按参考视频动作起舞,动作连贯,写实风格",'
    '"character_orientation":"image","image_url":"https://example.com/ref-image.png","keep_original_sound":"yes",'
    '"mode":"std","video_url":"https://example.com/ref-video-8s.mp4"}}'
).encode()


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of load saw: answers a second, latencies in milliseconds, and answers that were no success."""

    per_s: float
    p50_ms: float
    p99_ms: float
    failed: int


def generator() -> str:
    """Which tool makes the load here."""
    return "wrk" if shutil.which("wrk") else "python"


def run(url: str, key: str, method: str, seconds: float, core: int | None) -> Load:
    """GET or create at `url` over 16 connections, the generator pinned to `core` where that can be done."""
    if generator() == "python":
        return asyncio.run(_python(url, key, method, seconds))
    pin = ["taskset", "-c", str(core)] if core is not None and shutil.which("taskset") else []
    script = ["-s", str(HERE / "create.lua")] if method == "POST" else []
    command = [*pin, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--latency", *script]
    done = subprocess.run(
        [*command, "-H", f"Authorization: Bearer {key}", url], capture_output=True, text=True, check=True
    )
    return _parse(done.stdout)


def _parse(text: str) -> Load:
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    if rate is None:
        sys.exit(f"bench: wrk printed no rate:\n{text}")
    return Load(float(rate[1]), _latency(text, "50%"), _latency(text, "99%"), int(bad[1]) if bad else 0)


def _latency(text: str, row: str) -> float:
    found = re.search(rf"{row}\s+([\d.]+)(us|ms|s)", text)
    return float(found[1]) * _UNITS_MS[found[2]] if found else 0.0


async def _python(url: str, key: str, method: str, seconds: float) -> Load:
    """The same load from one event loop; slower than the server, so ratios are kinder than wrk's."""
    until_s = monotonic_s() + seconds
    waits_s: list[float] = []
    failed = 0

    async def connection(number: int) -> None:
        nonlocal failed
        place = urlsplit(url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        count = 0
        while monotonic_s() < until_s:
            count += 1
            head = f"{method} {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {key}\r\n"
            body = BODY if method == "POST" else b""
            if body:
                head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                head += f"Idempotency-Key: {until_s}-{number}-{count}\r\n"
            started_s = monotonic_s()
            writer.write(head.encode() + b"\r\n" + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", answer, re.IGNORECASE)
            await reader.readexactly(int(length[1]) if length else 0)
            waits_s.append(monotonic_s() - started_s)
            failed += not answer.startswith(b"HTTP/1.1 2")
        writer.close()

    await asyncio.gather(*(connection(number) for number in range(CONNECTIONS)))
    waits_s.sort()
    middle, late = waits_s[len(waits_s) // 2], waits_s[len(waits_s) * 99 // 100]
    return Load(len(waits_s) / seconds, middle * 1000, late * 1000, failed)
