"""The real server, as its command line starts it: a process of its own on a free port."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).parents[1]
STOP_WITHIN_S = 10


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """The base URL of `mindvideo-mock serve` with these options. It must end well when asked to, and log no fault."""
    command = [sys.executable, "-m", "mockserver.cli", "serve", "--port", "0", "--log-format", "json", *options]
    with TemporaryFile("w+") as log:
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True) as process:
            assert process.stdout is not None
            try:
                base_url: str = json.loads(process.stdout.readline())["base_url"]
                yield base_url
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_WITHIN_S)
        log.seek(0)
        said = log.read()
    assert process.returncode == 0, said
    assert '"level": "error"' not in said, said
