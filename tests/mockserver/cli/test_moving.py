"""`snapshot` and `restore`: real files, real servers, real databases."""

import gzip
import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

import mockserver
from mockserver.client import Account, ControlClient
from tests.mockserver.store.conftest import postgresql_url
from tests.mockserver.test_serve import create
from tests.processes import COMMAND, ROOT, Said, environment, said, started

__all__ = ["postgresql_url"]


def furnished(server: mockserver.Server, **wishes: Any) -> Account:
    """An account that owns something of everything, its time standing still."""
    made = server.new_account(clock={"mode": "frozen"}, **wishes)
    create(made.base_url, made.key)
    made.disable_key(made.add_key())
    made.media("https://example.com/a.png", {"kind": "image"})
    made.snapshot()
    create(made.base_url, made.key)
    made.clock.advance(90)
    return made


def looks(account: Account) -> list[Any]:
    """What is seen of an account."""
    return [account.state(), account.tasks(), account.ledger(), account.snapshots(), account.all_media()]


def counted(account: Account, keys: int = 2, tasks: int = 2, snapshots: int = 1) -> dict[str, Any]:
    return {"account": account.account, "keys": keys, "tasks": tasks, "snapshots": snapshots}


def ok(*arguments: str, **options: Any) -> Said:
    """A command that goes well."""
    ended = said(*arguments, **options)
    assert (ended.code, ended.err) == (0, ""), ended
    return ended


@pytest.mark.clause("C-EXPORT", "C-IMPORT")
def test_from_memory_through_databases_and_back(tmp_path: Path, postgresql_url: str) -> None:
    """Four files of one and the same content, and what is seen of the accounts at the end is what was at the start."""
    names = [str(tmp_path / name) for name in ("1.jsonl", "2.jsonl.gz", "3.jsonl", "4.jsonl.gz")]
    stores = [f"sqlite:///{tmp_path / 'a.db'}", postgresql_url]
    with mockserver.Server() as server:
        accounts = [furnished(server), furnished(server)]
        before = [looks(account) for account in accounts]
        ended = ok("snapshot", names[0], "--url", server.base_url, "--json")
        assert ended.json == {"accounts": [counted(account) for account in accounts]}
    for index, store in enumerate(stores):
        ended = ok("restore", names[index], "--store", store)
        assert "2 accounts restored" in ended.out
        ended = ok("snapshot", names[index + 1], "--store", store)
        assert f"2 accounts in {names[index + 1]}; keep it safe: it holds their API keys" in ended.out
    with mockserver.Server() as server:
        ok("restore", names[2], "--url", server.base_url)
        ok("snapshot", names[3], "--url", server.base_url)
        there = [server.control.account(account.account) for account in accounts]
        assert [looks(account) for account in there] == before
    with started("--store", stores[0]) as server:
        control = ControlClient(server.base_url)
        assert [looks(control.account(account.key)) for account in accounts] == before
    raw = [Path(name).read_bytes() for name in names]
    contents = [gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content for content in raw]
    assert contents == [contents[0]] * 4
    assert {stat.S_IMODE(os.stat(name).st_mode) for name in names} == {0o600}
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == set()


@pytest.mark.clause("C-IMPORT")
def test_some_of_the_accounts(tmp_path: Path) -> None:
    """By id or by key, each once; the others stay as they are."""
    name = str(tmp_path / "a.jsonl.gz")
    with mockserver.Server() as server:
        first, second, third = (furnished(server) for _ in range(3))
        picked = ["--account", second.key, "--account", first.account, "--account", second.account]
        ended = ok("snapshot", name, "--url", server.base_url, "--json", *picked)
        assert ended.json == {"accounts": [counted(second), counted(first)]}
        create(server.base_url, first.key)
        create(server.base_url, second.key)
        ended = ok("restore", name, "--url", server.base_url, "--json", "--account", first.key, "--replace")
        assert ended.json == {"accounts": [counted(first)]}
        assert [len(account.tasks()) for account in (first, second, third)] == [2, 3, 2]
        store = f"sqlite:///{tmp_path / 'a.db'}"
        ok("restore", name, "--store", store, "--account", second.account)
        ended = said("snapshot", str(tmp_path / "b.jsonl"), "--store", store, "--account", first.account)
        assert (ended.code, ended.err) == (2, f"mindvideo-mock: --account: there is no {first.account} there\n")
        ended = said("snapshot", str(tmp_path / "b.jsonl"), "--store", store, "--account", "mv_live_unknown")
        assert (ended.code, ended.err) == (2, "mindvideo-mock: --account: there is no such key there\n")
        ok("snapshot", str(tmp_path / "b.jsonl"), "--store", store, "--account", second.key)


@pytest.mark.clause("C-IMPORT")
def test_what_is_there_is_not_overwritten_unasked(tmp_path: Path) -> None:
    """Exit code 1, the accounts are named, and nothing has changed, in a server or a database."""
    name, store = str(tmp_path / "a.jsonl"), f"sqlite:///{tmp_path / 'a.db'}"
    with mockserver.Server() as server:
        accounts = [furnished(server), furnished(server)]
        ok("snapshot", name, "--url", server.base_url)
        ok("restore", name, "--store", store, "--account", accounts[0].account)
        create(server.base_url, accounts[0].key)
        before = [looks(account) for account in accounts]
        for place, those in (("--url", accounts), ("--store", accounts[:1])):
            ended = said("restore", name, place, server.base_url if place == "--url" else store)
            listed = ", ".join(account.account for account in those)
            assert (ended.code, ended.out) == (1, "")
            assert ended.err == (
                f"mindvideo-mock: These accounts are here already, or were: {listed}. "
                "Replace them (--replace), or leave them out. Nothing was changed.\n"
            )
        assert [looks(account) for account in accounts] == before
        accounts[1].forget()
        assert said("restore", name, "--url", server.base_url, "--account", accounts[1].account).code == 1
        ok("restore", name, "--url", server.base_url, "--replace")
        assert [len(account.tasks()) for account in accounts] == [2, 2]
        ok("restore", name, "--store", store, "--replace")


@pytest.mark.clause("C-IMPORT")
def test_streams(tmp_path: Path) -> None:
    """Standard output and input: the report is on standard error; compressed or not."""
    where = environment()
    with mockserver.Server() as server, mockserver.Server() as other:
        account = furnished(server)
        command = [*COMMAND, "snapshot", "-", "--url", server.base_url, "--json"]
        taken = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, check=True)
        assert json.loads(taken.stderr) == {"accounts": [counted(account)]}
        for content, more in ((taken.stdout, []), (gzip.compress(taken.stdout), ["--replace"])):
            command = [*COMMAND, "restore", "-", "--url", other.base_url, *more]
            brought = subprocess.run(command, env=where, cwd=ROOT, capture_output=True, input=content, check=True)
            assert brought.stdout.decode().endswith("1 account restored\n")
        assert looks(other.control.account(account.key)) == looks(account)
        reader, writer = os.pipe()
        os.close(reader)
        command = [*COMMAND, "snapshot", "-", "--url", server.base_url]
        broken = subprocess.run(command, env=where, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False)
        os.close(writer)
        assert broken.returncode == 2
        assert broken.stderr == b"mindvideo-mock: cannot write standard output: broken pipe\n"


@pytest.mark.clause("C-EXPORT", "C-ADMIN")
def test_the_admin_token_and_the_environment(tmp_path: Path) -> None:
    """Without it nothing is had; it may come from the environment, as the URL may."""
    name = str(tmp_path / "a.jsonl")
    with mockserver.Server(admin_token="s3cret") as server:
        control = ControlClient(server.base_url, "s3cret")
        control.new_account()
        more = {"MINDVIDEO_MOCK_URL": server.base_url}
        ended = said("snapshot", name, more=more)
        assert ended.code == 2
        assert ended.err.endswith(" (give it by --admin-token)\n")
        assert not Path(name).exists()
        ok("snapshot", name, "--admin-token", "s3cret", more=more)
        ended = said("restore", name, more=more)
        assert (ended.code, ended.err.count("--admin-token")) == (2, 1)
        ended = said("restore", name, more={**more, "MINDVIDEO_MOCK_ADMIN_TOKEN": "s3cret"})
        assert ended.code == 1


def test_accounts_that_are_not_there(tmp_path: Path) -> None:
    """Are told; the file that was there before is as it was."""
    name = tmp_path / "a.jsonl"
    name.write_text("before")
    with mockserver.Server() as server:
        server.new_account()
        ended = said("snapshot", str(name), "--url", server.base_url, "--account", "acct_none")
        assert ended.code == 2
        assert ended.err.startswith(f"mindvideo-mock: {server.base_url}: There is no such account")
        assert name.read_text() == "before"
        assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]
        ok("snapshot", str(name), "--url", server.base_url)
        ended = said("restore", str(name), "--url", server.base_url, "--account", "acct_none")
        assert ended.code == 2
        assert f"--account: {name} has no account of acct_none; it has acct_" in ended.err
        ended = said("restore", str(name), "--url", server.base_url, "--account", "mv_live_none")
        assert f"{name} has no account of that key; it has acct_" in ended.err


def test_nothing_to_save(tmp_path: Path) -> None:
    """An empty server makes a file without accounts, which restores to nothing."""
    name = str(tmp_path / "a.jsonl")
    with mockserver.Server() as server:
        assert ok("snapshot", name, "--url", server.base_url).out.startswith("0 accounts in ")
        assert ok("restore", name, "--url", server.base_url, "--json").json == {"accounts": []}
        ended = said("restore", name, "--url", server.base_url, "--account", "acct_x")
        assert ended.err.endswith("has no account of acct_x; it has none\n")


@pytest.mark.parametrize(
    ("arguments", "said_"),
    [
        (("--store", "memory"), "--store memory: a store in memory is in its server alone; name that by --url"),
        (("--store", "mysql://x/y"), "--store must be memory, sqlite:///FILE or postgresql://USER@HOST/DATABASE"),
        (("--store", "sqlite:///x.db", "--url", "http://a"), "--url names a server and --store a database: give one"),
        (("--url", "ftp://a"), "--url must be an http(s) URL, not 'ftp://a'"),
        (("--url", "http://127.0.0.1:9"), "http://127.0.0.1:9 does not answer: "),
        (("--admin-token", "a b"), "--admin-token must be visible ASCII text"),
        (("--store", "postgresql://me:pw@127.0.0.1:9/x"), ""),
    ],
)
def test_what_is_no_place(tmp_path: Path, arguments: tuple[str, ...], said_: str) -> None:
    """One line, exit code 2, nothing written, no password shown."""
    name = tmp_path / "a.jsonl"
    ended = said("snapshot", str(name), *arguments)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert ended.err.startswith(f"mindvideo-mock: {said_}")
    assert "pw" not in ended.err
    assert not name.exists()


def test_what_is_no_file(tmp_path: Path) -> None:
    """What cannot be read or written is named, with the line where there is one."""
    store = f"sqlite:///{tmp_path / 'a.db'}"
    for name, reason in (
        (tmp_path / "none.jsonl", "no such file or directory"),
        (tmp_path, "is a directory"),
    ):
        ended = said("restore", str(name), "--store", store)
        assert (ended.code, ended.err) == (2, f"mindvideo-mock: cannot read {name}: {reason}\n")
    ended = said("snapshot", str(tmp_path / "b.jsonl"), "--store", f"sqlite:///{tmp_path / 'none.db'}")
    assert ended.err == f"mindvideo-mock: there is no {tmp_path / 'none.db'}: --store names a database that is there\n"
    assert not (tmp_path / "none.db").exists()
    with mockserver.Server() as server:
        furnished(server)
        for name, reason in ((tmp_path, "is a directory"), (tmp_path / "no" / "a.jsonl", "no such file or directory")):
            ended = said("snapshot", str(name), "--url", server.base_url)
            assert (ended.code, ended.err) == (2, f"mindvideo-mock: cannot write {name}: {reason}\n")
        whole = tmp_path / "a.jsonl"
        ok("snapshot", str(whole), "--url", server.base_url)
        lines = whole.read_bytes().splitlines(keepends=True)
        whole.write_bytes(b"".join(lines[:3]))
        for place in (("--url", server.base_url), ("--store", store)):
            ended = said("restore", str(whole), *place)
            assert ended.code == 2
            assert ended.err == (
                f"mindvideo-mock: {whole}: line 4: the file ends before its last line: it was cut short; "
                "take the snapshot again\n"
            )
        ended = said("restore", str(whole), "--store", store, send="")
        assert ended.code == 2


def test_what_is_no_server_of_ours(tmp_path: Path) -> None:
    """Whatever it answers, it is told in one line."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"accounts":[{"account":"acct_a"}]}' if self.path == "/_mock/accounts" else b"<html>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        ended = said("snapshot", str(tmp_path / "a.jsonl"), "--url", url)
        server.shutdown()
    assert ended.code == 2
    assert ended.err.startswith(f"mindvideo-mock: {url}: what it sends is no snapshot file (line 1: ")


def test_accounts_that_go_meanwhile(tmp_path: Path) -> None:
    """Between the list of all and its turn one is forgotten: the others are saved."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    with mockserver.Server() as real:
        account = furnished(real)

        class Stale(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                from urllib.error import HTTPError
                from urllib.request import urlopen

                try:
                    with urlopen(real.base_url + self.path) as answer:
                        status, body = 200, answer.read()
                except HTTPError as error:
                    with error:
                        status, body = error.code, error.read()
                body = body.replace(b'{"accounts":[', b'{"accounts":[{"account":"acct_gone"},')
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        with HTTPServer(("127.0.0.1", 0), Stale) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}"
            ended = ok("snapshot", str(tmp_path / "a.jsonl"), "--url", url, "--json")
            assert ended.json == {"accounts": [counted(account)]}
            server.shutdown()


@pytest.mark.clause("C-IMPORT", "C-SNAPSHOT")
def test_bounds_of_a_server(tmp_path: Path) -> None:
    """What holds more than it may there is not restored: exit code 1; a database takes all."""
    name = str(tmp_path / "a.jsonl")
    with mockserver.Server() as server, mockserver.Server(snapshot_limit=0) as other:
        furnished(server)
        ok("snapshot", name, "--url", server.base_url)
        ended = said("restore", name, "--url", other.base_url)
        assert ended.code == 1
        assert ended.err.endswith("has 1 snapshots, and 0 may be kept: raise --snapshot-limit.\n")
        ok("restore", name, "--store", f"sqlite:///{tmp_path / 'a.db'}")
