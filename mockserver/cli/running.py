"""`mindvideo-mock serve`."""

import os
import signal
import sys
import threading
from collections.abc import Mapping

from mockserver.cli.load import load
from mockserver.cli.options import BadOption

PATIENCE_S = 0.1
"""How long threads that are still at work on media may keep a process that was told to stop."""


def serve(flags: Mapping[str, object]) -> int:
    """Serve with these flags, the environment and the file they name, until told to stop."""
    try:
        settings = load(flags, os.environ)
    except BadOption as error:
        print(f"mindvideo-mock: {error}", file=sys.stderr)
        return 2
    from mockserver import serve as serving

    code = serving.serve(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    _leave_threads(code)
    return code


def _leave_threads(code: int) -> None:
    """End the process here and now if a thread is at work on a file: Python would wait for it."""
    from mockserver.clock import monotonic_s
    from mockserver.media import pool

    pool.close()
    until_s = monotonic_s() + PATIENCE_S
    threads = [each for each in threading.enumerate() if each is not threading.main_thread() and not each.daemon]
    for thread in threads:
        thread.join(max(0, until_s - monotonic_s()))
    if any(thread.is_alive() for thread in threads):
        os._exit(code)
