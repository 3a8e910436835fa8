"""Paths, methods and keys: what a client of the platform sees, and nothing else (API.md §2, §4)."""

import pytest

from mockserver.accounts import Key
from mockserver.settings import Settings
from tests.asgi import KEY, OTHER_KEY, TASKS, Caller, dialect

NO_ROUTES = [
    "/",
    "/api",
    "/api/v1",
    "/api/v1/",
    "/api/v1/tasks/",
    "/api/v1/tasks//",
    "/api/v1/tasks//events",
    "/api/v1/tasks/task_0/",
    "/api/v1/tasks/task_0/events/",
    "/api/v1/tasks/task_0/cancel",
    "/api/v1/tasks/task_0/events/evt_0",
    "/api/v1/task",
    "/api/v1/taskss",
    "/api/v2/tasks",
    "/API/V1/TASKS",
    "/api/v1/upload",
    "/api/v1/balance",
    "/api/v1/webhooks",
    "/api/v1/models",
    "/outputs",
]


@pytest.mark.clause("H-NOT-FOUND", "A-ROUTES")
@pytest.mark.parametrize("path", NO_ROUTES)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_what_no_page_documents_is_not_there(method: str, path: str) -> None:
    """404 for every other path, with or without a key; a trailing slash makes another path."""
    caller = Caller()
    for key in (KEY, None):
        reply = await caller.request(method, path, key=key)
        assert (reply.status, reply.code) == (404, "not_found")
        assert reply.header("location") is None


@pytest.mark.clause("H-METHOD", "A-ROUTES")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (TASKS, {"POST"}),
        (f"{TASKS}/task_0", {"GET"}),
        (f"{TASKS}/task_0/events", {"GET"}),
        ("/outputs/acct_0/task_0/0.mp4", {"GET", "HEAD"}),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
async def test_wrong_methods(method: str, path: str, allowed: set[str]) -> None:
    """405, and `Allow` names the right ones: there is no list and no cancel."""
    reply = await Caller().request(method, path)
    if method in allowed:
        assert reply.status != 405
    else:
        assert (reply.status, reply.code) == (405, "method_not_allowed")
        assert set((reply.header("allow") or "").split(", ")) == allowed


@pytest.mark.clause("D-AUTH", "A-UNKNOWN-KEY-STATUS")
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer mv_live_",
        "Bearer sk-other",
        "Basic mv_live_first",
        "mv_live_first",
        "Token mv_live_first",
        "Bearer mv_live_first, Bearer mv_live_first",
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", TASKS), ("GET", f"{TASKS}/t"), ("GET", f"{TASKS}/t/events")])
async def test_without_a_good_key(method: str, path: str, header: str | None) -> None:
    """401 with `WWW-Authenticate: Bearer`, in the server's own dialect."""
    caller = Caller(Settings(dialect=dialect(error_envelope="flat")))
    headers = {} if header is None else {"authorization": header}
    reply = await caller.request(method, path, {} if method == "POST" else None, headers, key=None)
    assert (reply.status, reply.json["code"]) == (401, "unauthorized")
    assert reply.header("www-authenticate") == "Bearer"


@pytest.mark.clause("D-AUTH", "H-BEARER")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR  "])
async def test_the_scheme_in_any_case(scheme: str) -> None:
    """RFC 9110 has it so."""
    caller = Caller()
    assert (await caller.create(headers={"authorization": f"{scheme} {KEY}"}, key=None)).status == 200


@pytest.mark.clause("D-AUTH", "C-KEYS", "A-DISABLED-KEY-STATUS")
@pytest.mark.parametrize("status", [401, 403])
async def test_a_disabled_key(status: int) -> None:
    """It is refused as its account's dialect says, for everything; enabled again it works."""
    caller = Caller()
    task_id = await caller.made()
    await caller.set_dialect(disabled_key_status=status)
    account_id = (await caller.account()).account_id
    await caller.store.put_key(Key(KEY, account_id, "disabled"))
    for reply in (await caller.create(), await caller.read(task_id), await caller.events(task_id)):
        assert (reply.status, reply.code) == (status, "key_disabled")
        assert reply.header("www-authenticate") == ("Bearer" if status == 401 else None)
    await caller.store.put_key(Key(KEY, account_id))
    assert await caller.status(task_id) == "queued"
    assert await caller.task_count() == 1


@pytest.mark.clause("D-AUTH", "C-KEYS", "C-ACCOUNT")
@pytest.mark.parametrize("how", ["deleted", "forgotten"])
async def test_a_dead_key(how: str) -> None:
    """A deleted key, or one of a forgotten account, opens nothing any more: 401, for ever."""
    caller = Caller()
    task_id = await caller.made()
    account_id = (await caller.account()).account_id
    if how == "deleted":
        await caller.store.put_key(Key(KEY, account_id, "deleted"))
    else:
        await caller.store.forget(account_id)
    for _ in range(2):
        for reply in (await caller.create(), await caller.read(task_id), await caller.events(task_id)):
            assert (reply.status, reply.code) == (401, "unauthorized")


@pytest.mark.clause("D-AUTH")
async def test_strict_keys() -> None:
    """A well-formed key that nobody made is unknown."""
    caller = Caller(Settings(keys="strict"))
    assert (await caller.create()).status == (await caller.read("task_0")).status == 401


@pytest.mark.clause("H-NOT-FOUND", "C-ACCOUNT", "D-AUTH")
async def test_another_accounts_task_does_not_exist() -> None:
    """404 and never 403: the same answer as for an id that nobody has."""
    caller = Caller()
    task_id = await caller.made()
    for name in (task_id, "task_0", "x" * 5000, "%00", "..", "task_0%2Fx"):
        for reply in (await caller.read(name, key=OTHER_KEY), await caller.events(name, key=OTHER_KEY)):
            assert reply.status == 404
            assert reply.code == ("not_found" if name == "task_0%2Fx" else "task_not_found")
            assert name not in reply.text
    assert (await caller.read(task_id)).status == 200


@pytest.mark.clause("D-READ", "D-CREATE")
async def test_any_key_of_the_account_reads_its_tasks() -> None:
    """The account owns them, not the key."""
    caller = Caller()
    task_id = await caller.made()
    await caller.store.put_key(Key("mv_test_second", (await caller.account()).account_id))
    assert (await caller.read(task_id, key="mv_test_second")).json["task_id"] == task_id


@pytest.mark.clause("H-ERRORS")
async def test_a_method_of_any_length() -> None:
    """Little of it is repeated."""
    reply = await Caller().request("X" * 10_000, TASKS)
    assert reply.status == 405
    assert len(reply.body) < 500
