"""Hostile files: bounded memory and time, measured in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MEASURE = """
import io, json, resource, zlib
from PIL import Image
from mockserver import clock
from mockserver.media import mp4, png, probe
from tests.mockserver.media import samples
from tests.mockserver.media.samples import packed, png_of, rebuilt, words

good = samples.named("ref-video-3s-64x64.mp4")
file = io.BytesIO()
Image.new("L", (6300, 6300)).save(file, "JPEG", progressive=True)
jpeg = file.getvalue()
last_scan = jpeg[max(jpeg.rindex(b"\\xff\\xc4"), jpeg.rindex(b"\\xff\\xda", 0, jpeg.rindex(b"\\xff\\xda"))) : -2]
box = mp4.box
hostile = {
    "samples without end": rebuilt(good, stts=words(0, 1, 2**32 - 1, 1)),
    "a million samples": rebuilt(good, stts=words(0, 1, 490_000, 1), stsz=words(0, 0, 490_000)),
    "six million alike": rebuilt(good, stts=words(0, 1, 2_900_000, 1), stsz=words(0, 1, 2_900_000)),
    "chunks without end": rebuilt(good, stco=words(0, 2**32 - 16)),
    "key frames without end": rebuilt(good, stss=words(0, 2**30 - 1)),
    "edits": rebuilt(good, elst=words(0, 100_000) + words(1000, 0, 0x10000) * 100_000),
    "packed index": box(b"ftyp", b"isom") + box(b"moov", box(b"cmov", box(b"cmvd", words(2**31) + packed(1 << 24)))),
    "a million tracks": box(b"ftyp", b"isom") + box(b"moov", box(b"trak") * 1_000_000),
    "a million boxes": good + box(b"free") * 1_000_000,
    "boxes in boxes": box(b"ftyp", b"isom") + b"".join(words(8 * n) + b"moov" for n in range(100_000, 0, -1)),
    "zeros": bytes(10_000_000),
    "clusters in clusters": b"\\x1a\\x45\\xdf\\xa3\\x80\\x18\\x53\\x80\\x67\\x01" + b"\\xff" * 7
    + (b"\\x1f\\x43\\xb6\\x75\\x01" + b"\\xff" * 7) * 800_000,
    "PNG of 2.5 gigapixels": png_of(50_000, 50_000, png.chunk(b"IDAT", packed(1 << 24))),
    "PNG of all that is allowed": png_of(6300, 6300, png.chunk(b"IDAT", packed(6300 * 18_901))),
    "PNG with a packed profile": png_of(8, 8, png.chunk(b"iCCP", b"a\\0\\0" + packed(1 << 28)), png.chunk(b"IDAT",
        zlib.compress(bytes(200)))),
    "PNG with more than its pixels": png_of(8, 8, png.chunk(b"IDAT", packed(1 << 27))),
    "JPEG of many scans": jpeg[:-2] + last_scan * 180 + b"\\xff\\xd9",
    "JPEG of too many scans": jpeg[:-2] + last_scan * 5000 + b"\\xff\\xd9",
}
del last_scan, jpeg
for name, data in hostile.items():
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start_s = clock.monotonic_s()
    found = [probe.probe(data, kind) for kind in ("video", "image")]
    spent_s = clock.monotonic_s() - start_s
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) // 1024
    print(json.dumps([name, round(spent_s, 3), grown_mib, sum(isinstance(each, str) for each in found)]))
"""


@pytest.mark.clause("D-INPUT")
def test_bounded() -> None:
    """Each is answered within a caller's patience (30 s) and 300 MB; only what is a real picture is accepted."""
    command = [sys.executable, "-c", MEASURE]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert answer.returncode == 0, answer.stderr
    measured = [json.loads(line) for line in answer.stdout.splitlines()]
    assert len(measured) == 18
    assert [row for row in measured if row[1] > 30.0 or row[2] > 300] == []
    accepted = {name for name, _, _, refusals in measured if refusals < 2}
    assert accepted == {
        "PNG of all that is allowed",
        "PNG with a packed profile",
        "PNG with more than its pixels",
        "JPEG of many scans",
    }
