"""`mindvideo-mock serve`: one server in the foreground until it is told to stop.

FastAPI, PyAV and their like are not imported before a request needs them.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from mockserver import __version__
from mockserver.accounts import account_id_of
from mockserver.app import App, store_of
from mockserver.clock import token, wall_ms
from mockserver.curl import command
from mockserver.host import logs
from mockserver.host.listen import Host, run
from mockserver.host.ports import Bound, take
from mockserver.settings import Settings
from mockserver.store import BadStore, Unavailable
from mockserver.tasks import Traffic
from mockserver.tasks.tenants import new_account

if TYPE_CHECKING:
    from mockserver.host.board import Board
    from mockserver.host.workers import Duty

LOG = logging.getLogger("mindvideo-mock")

OK, USAGE = 0, 2
DEMO_KEY = "mv_live_demo"
COLLECT = (10_000, 2, 1000)
"""Records live long and form no cycles: looking through all of them is what makes a create wait. So what has survived
twice is looked at again once in millions of creates, and no look is at more than a few ten thousand before."""

EXAMPLE = "kling-v3-motion-control"


def serve(settings: Settings, silence_s: float | None = None) -> int:
    """Serve until SIGTERM or SIGINT, then stop within a second. The exit code: 0, or 2 without a port or a store.

    `silence_s`: after so many seconds a worker that hangs is replaced, if not after the usual ones.
    """
    try:
        bound = take(settings)
    except OSError as error:
        place = f"{settings.host}, port {_ports(settings)}"
        print(f"mindvideo-mock: cannot listen on {place}: {_reason(error)}", file=sys.stderr)
        return USAGE
    logs.set_up(settings.log_format)
    if not bound.is_local and settings.admin_token is None:
        LOG.warning("The control plane is open to whoever reaches this address: --admin-token guards it.")
    return _many(bound, silence_s) if settings.workers > 1 else _one(bound)


def _one(bound: Bound, duty: "Duty | None" = None, board: "Board | None" = None) -> int:
    """This process serves; as a worker it has a duty, and a place on the board."""
    try:
        run(bound, _serve(bound, duty, board))
    except BadStore as error:
        print(f"mindvideo-mock: {error}", file=sys.stderr)
        return USAGE
    return OK


def _many(bound: Bound, silence_s: float | None) -> int:
    """Workers serve. What each needs of a database is imported here, once."""
    from mockserver.host.board import Board
    from mockserver.host.workers import SILENCE_S, supervise

    try:
        store_of(bound.settings)
    except BadStore as error:
        print(f"mindvideo-mock: {error}", file=sys.stderr)
        return USAGE
    bound.close()
    kept, board = take(bound.settings, "kept"), Board(bound.settings.workers)

    def work(duty: "Duty") -> int:
        return _one(take(kept.settings, "shared"), duty, board)

    def announce(key: str) -> None:
        _announce(announcement(kept, key))

    return supervise(kept.settings.workers, work, announce, silence_s or SILENCE_S)


def _ports(settings: Settings) -> str:
    return f"{settings.port}" if settings.output_port is None else f"{settings.port} or {settings.output_port}"


def _reason(error: OSError) -> str:
    text = (error.strerror or str(error)).lower()
    return f"{text} (--port 0 takes a free one)" if "in use" in text else text


async def _serve(bound: Bound, duty: "Duty | None", board: "Board | None") -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    host = Host(bound, _worker(bound, duty, board) if duty and board else None)
    await host.start()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    gc.enable()
    if duty is None:
        _announce(announcement(bound, await ready_key(host.app)))
    else:
        loop.add_reader(duty.lifeline, stop.set)
        duty.ready(await ready_key(host.app) if duty.is_first else DEMO_KEY)
        assert board is not None
        _beat(duty, board, host.app.service.traffic, loop)
    await stop.wait()
    await host.stop()


def _worker(bound: Bound, duty: "Duty", board: "Board") -> App:
    """It goes on counting where the one in its place had come to."""
    app = App(bound.settings, elsewhere=partial(board.others, duty.place))
    app.service.traffic.update(board.read(duty.place))
    return app


def _beat(duty: "Duty", board: "Board", traffic: Traffic, loop: asyncio.AbstractEventLoop) -> None:
    """Let the parent hear that the loop turns, and the others what was counted, now and for ever."""
    from mockserver.host.workers import BEAT_S

    duty.beat()
    board.write(duty.place, traffic)
    loop.call_later(BEAT_S, _beat, duty, board, traffic, loop)


def _announce(text: str) -> None:
    """Print it; where nobody reads, serve all the same."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def ready_key(app: App) -> str:
    """A key that works at once; where only created keys do, one is created."""
    if app.settings.keys == "open":
        return DEMO_KEY
    key = f"mv_live_{token(12)}"
    with suppress(Unavailable):
        await app.store.open_account(new_account(app.settings, account_id_of(key), wall_ms()), key)
    return key


def announcement(bound: Bound, key: str) -> str:
    """Where the server is, a key, and a command to begin with: its media are files of this server's own."""
    base_url, settings = bound.base_url, bound.settings
    media = f"{base_url}/_mock/media"
    given = {
        "character_orientation": "image",
        "mode": "std",
        "image_url": f"{media}/ref-image-640x640.png",
        "video_url": f"{media}/ref-video-8s.mp4",
    }
    curl = command(base_url, key, {"model": EXAMPLE, "input": given})
    if settings.log_format == "json":
        ready = {"event": "ready", "version": __version__, "base_url": base_url, "output_url": bound.output_url}
        return json.dumps(ready | {"public_url": settings.public_url, "key": key, "curl": curl}, ensure_ascii=False)
    hint = " (any other mv_live_… key opens an account of its own)" if settings.keys == "open" else ""
    lines = [f"MindVideo mock {__version__} on {base_url}", f"  key   {key}{hint}", f"  docs  {base_url}/docs"]
    if bound.output_url is not None:
        lines.append(f"  files {bound.output_url}/outputs/")
    return "\n".join([*lines, f"  try   {curl}"])
