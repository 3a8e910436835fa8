"""A server inside the test process."""

import gc
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import mockserver
from mockserver import Server
from mockserver.clock import monotonic_s
from mockserver.dialect import DEFAULT
from tests.requests import TASKS, create, send
from tests.wire import connected, head, until

STOP_S = 1.0
SLACK_S = 2.0


def test_a_whole_task() -> None:
    """In a few lines: a server on a free port, an account of its own, a task, time that passes, money that is spent."""
    with Server() as server:
        account = server.new_account(balance=1, seed=3, dialect={"create_status": 202}, clock={"mode": "frozen"})
        task_id = create(account)
        account.clock.advance(until="idle")
        assert send(account, f"{TASKS}/{task_id}").json["status"] == "succeeded"
        assert account.ledger()["balance"] == "0.88426"
        assert server.url(TASKS) == f"{server.base_url}{TASKS}"


def test_settings_and_dialect() -> None:
    """It takes what `Settings` takes; a dialect may be a mapping, and what is none is an error at once."""
    with Server(timing="instant", dialect={"create_status": 201}, output_port=0) as server:
        reply = send(server.new_account(), TASKS, {"model": "kling-v3", "input": {"prompt": "x", "mode": "std"}})
        assert (reply.status, reply.json["status"]) == (201, "succeeded")
        assert server.output_url is not None
        assert reply.json["output"]["videos"][0]["url"].startswith(server.output_url)
    with Server(dialect=DEFAULT) as server:
        assert server.output_url is None
    with pytest.raises(ValueError, match="'create_status' must be one of"):
        Server(dialect={"create_status": 299})
    with pytest.raises(TypeError, match="colour"):
        Server(colour="blue")


def test_start_and_stop_as_often_as_one_likes() -> None:
    """Starting twice starts once, stopping twice stops once, and a stopped server starts again."""
    server = Server()
    server.stop()
    with pytest.raises(RuntimeError, match="not running"):
        assert server.base_url
    assert server.start() is server.start()
    first = server.base_url
    assert server.control.is_healthy()
    server.stop()
    server.stop()
    server.start()
    assert server.control.is_healthy()
    assert server.base_url.startswith("http://127.0.0.1:")
    server.stop()
    assert not mockserver.client.ControlClient(first).is_healthy()


def test_side_by_side() -> None:
    """Several servers in one process share nothing, and start and stop at the same time."""
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: Server().start(), range(4)))
        accounts = [server.control.account("mv_live_same") for server in servers]
        for number, account in enumerate(accounts):
            for _ in range(number):
                create(account)
        assert [len(account.tasks()) for account in accounts] == [0, 1, 2, 3]
        list(pool.map(Server.stop, servers))


def test_stop_is_quick() -> None:
    """It stops within a second, though clients hold streams and connections open, and leaves no thread and no port."""
    before = threading.active_count()
    with Server(dialect={"events_format": "sse"}, clock="frozen") as server:
        account = server.new_account()
        task_id = create(account)
        with connected(server.base_url) as stream, connected(server.base_url):
            stream.sendall(head("GET", f"{TASKS}/{task_id}/events", f"Authorization: Bearer {account.key}"))
            until(stream, b"task.queued")
            asked_s, port = monotonic_s(), int(server.base_url.rpartition(":")[2])
            server.stop()
            assert monotonic_s() - asked_s < STOP_S + SLACK_S
    assert threading.active_count() <= before + 1  # the thread that imported the control plane may idle on
    with socket.create_server(("127.0.0.1", port)):
        gc.collect()  # nothing left open would be an error here


def test_error_of_the_start() -> None:
    """A port that is taken is an error in the caller; so is whatever keeps the thread from serving."""
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
        Server(port=other.getsockname()[1]).start()
    broken = Server(http="carrier pigeon")
    with pytest.raises(KeyError, match="carrier pigeon"):
        broken.start()
    with pytest.raises(RuntimeError, match="not running"):
        assert broken.base_url


async def test_async_control() -> None:
    """The control plane can be awaited."""
    with Server() as server:
        account = await server.async_control.new_account(balance=2)
        assert str(await account.balance()) == "2.00000"


def test_lazy_name() -> None:
    """`mockserver.Server` is imported when it is asked for; there is no other name."""
    assert mockserver.Server is Server
    with pytest.raises(AttributeError, match="no attribute 'Client'"):
        assert mockserver.Client
