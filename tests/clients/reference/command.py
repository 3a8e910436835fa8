"""A client function as a command: `python -m tests.clients.reference.command [--worker] [MODULE]`.

Without `--worker` it does one call, told by the environment and standard input; with it, one for each line, side by
side. The module is that of a client such as `tests.clients.broken.k1`; without one it is the blocking reference.
"""

import asyncio
import inspect
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

REFERENCE = "tests.clients.reference.sync"


def run(function: Callable[..., Any], base_url: str, api_key: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """One call in real time."""
    if inspect.iscoroutinefunction(function):
        found: Mapping[str, Any] = asyncio.run(function(base_url, api_key, request, asyncio.sleep))
        return found
    report: Mapping[str, Any] = function(base_url, api_key, request, time.sleep)
    return report


def command(function: Callable[..., Any]) -> None:
    """One call, its report on the last line of standard output."""
    request = json.load(sys.stdin)
    print(json.dumps(run(function, os.environ["MINDVIDEO_BASE_URL"], os.environ["MINDVIDEO_API_KEY"], request)))


def worker(function: Callable[..., Any]) -> None:
    """A call for each line of standard input, each in a thread; the replies come as they are ready."""
    lock = threading.Lock()

    def answer(line: str) -> None:
        """A call that crashes takes the worker with it, as it would in most languages."""
        try:
            asked = json.loads(line)
            request = {"model": asked["model"], "input": asked["input"]}
            reply = {"id": asked["id"], **run(function, asked["base_url"], asked["api_key"], request)}
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        with lock:
            print(json.dumps(reply), flush=True)

    threads = []
    for line in sys.stdin:
        threads.append(threading.Thread(target=answer, args=(line,)))
        threads[-1].start()
    for thread in threads:
        thread.join()


def main(arguments: list[str]) -> None:
    """Choose the client and the protocol."""
    names = [argument for argument in arguments if argument != "--worker"] or [REFERENCE]
    function: Callable[..., Any] = import_module(names[0]).client
    if "--worker" in arguments:
        worker(function)
    else:
        command(function)


if __name__ == "__main__":
    main(sys.argv[1:])
