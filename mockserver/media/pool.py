"""The few threads that media work runs in, made on first use: PyAV and zlib let go of the interpreter there."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

THREADS = 2

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


async def run(work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
    """The result of `work(*args, **kwargs)`, computed off the event loop, at most `THREADS` at a time."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), lambda: work(*args, **kwargs))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="media")


def close() -> None:
    """Take no more work; the threads end when what they do is done."""
    _threads().shutdown(wait=False, cancel_futures=True)
