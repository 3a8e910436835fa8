"""`--store`: a server that is started again has lost nothing; what cannot be a store is told in one line."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

import mockserver
from mockserver.app import store_of
from mockserver.client import ControlClient
from mockserver.settings import Settings
from mockserver.store import BadStore
from tests.mockserver.test_serve import create
from tests.processes import said, started


@pytest.mark.clause("C-ACCOUNT", "C-LEDGER")
def test_a_server_that_is_killed_comes_back_with_everything(tmp_path: Path) -> None:
    """A task that was acknowledged is there, and paid for."""
    store = f"sqlite:///{tmp_path / 'mindvideo.db'}"
    with started("--store", store) as server:
        task_id = create(server.base_url, "mv_live_me")["task_id"]
        server.stop(signal.SIGKILL)
    with started(more={"MINDVIDEO_MOCK_STORE": store}) as server:
        account = ControlClient(server.base_url).account("mv_live_me")
        assert [task["task_id"] for task in account.tasks()] == [task_id]
        assert account.ledger()["balance"] == "999.88426"
        assert server.stop(signal.SIGTERM).code == 0


def test_two_servers_share_a_file(tmp_path: Path) -> None:
    """Each answers for what the other made."""
    store = f"sqlite:///{tmp_path / 'mindvideo.db'}"
    with started("--store", store) as ours, started("--store", store) as theirs:
        account = ControlClient(ours.base_url).new_account()
        made = create(ours.base_url, account.key)
        [task] = ControlClient(theirs.base_url).account(account.key).tasks()
        assert task["task_id"] == made["task_id"]


def test_strict_keys(tmp_path: Path) -> None:
    """The key of the banner works, in a store that outlives it as well."""
    with started("--store", f"sqlite:///{tmp_path / 'mindvideo.db'}", "--keys", "strict") as server:
        assert create(server.base_url, server.banner["key"])["status"] == "queued"


def test_a_server_waits_for_its_database() -> None:
    """It starts, says so, and is not healthy; what it needs may come later."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with started("--store", f"postgresql://me:secret@127.0.0.1:{port}/mindvideo", "--keys", "strict") as server:
        with pytest.raises(HTTPError) as refused:
            urlopen(f"{server.base_url}/_mock/health")
        assert (refused.value.code, refused.value.headers["retry-after"]) == (503, "1")
        refused.value.close()
        ended = server.stop(signal.SIGTERM)
    assert ended.code == 0
    assert "The store does not answer" in ended.err
    assert "secret" not in ended.out + ended.err


def test_what_is_no_store(tmp_path: Path) -> None:
    """Exit code 2, and one line; `Server` raises."""
    url = f"sqlite:///{tmp_path}/none/mindvideo.db"
    for command in (["serve", "--port", "0", "--store", url], ["migrate", "--store", url]):
        ended = said(*command)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err == f"mindvideo-mock: cannot use {tmp_path}/none/mindvideo.db: unable to open database file\n"
    with pytest.raises(BadStore, match="cannot use"):
        mockserver.Server(store=url).start()


def test_migrate(tmp_path: Path) -> None:
    """Says which version it is at the end; memory has none."""
    for _ in range(2):
        ended = said("migrate", "--store", f"sqlite:///{tmp_path / 'mindvideo.db'}")
        assert (ended.code, ended.out, ended.err) == (0, "The database has schema 0002.\n", "")
    ended = said("migrate")
    assert (ended.code, ended.err) == (
        2,
        "mindvideo-mock: a store in memory has no schema: name a database with --store\n",
    )


def test_the_packages_for_it_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said; memory needs nothing."""
    for name in [name for name in sys.modules if name.startswith("mockserver.store.sql")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(BadStore, match=r"pip install 'mindvideo-mock\[sql\]'"):
        store_of(Settings(store="sqlite:///mindvideo.db"))
    assert store_of(Settings()) is not None


def test_memory_imports_no_database() -> None:
    """A server without one starts as fast as ever."""
    code = (
        "import sys, mockserver.serve, mockserver.app; from mockserver.settings import Settings; "
        "mockserver.app.App(Settings()); print([name for name in sys.modules if 'sqlalchemy' in name])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
