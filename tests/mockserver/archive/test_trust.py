"""Whatever a file with good sums says: it is refused, or a server that takes it in goes on as ever."""

import asyncio
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.archive.kinds import KINDS
from tests.asgi import TASKS, Caller, kling
from tests.mockserver.archive.test_conform import JSON, changed, places
from tests.mockserver.archive.test_damage import whole
from tests.mockserver.archive.values import documents, refiled
from tests.mockserver.control.desk import Desk

NEAR: st.SearchStrategy[Any] = st.sampled_from([0, 1, 2**31, 2**53, "", "x", "0", "1.00000", None, True, [], {}])


async def look_everywhere(caller: Caller) -> None:
    """Whatever can be asked of every account; a server that fails raises here."""
    for account in (await Desk(caller=caller).get("/_mock/accounts"))["accounts"]:
        there = Desk(caller=caller)
        there.account = account["account"]
        keys = (await there.state())[0]["keys"]
        there.key = keys[0]["key"] if keys else "mv_live_none"
        await there.get("faults")
        for saved in (await there.get("snapshots"))["snapshots"]:
            await there.ok("POST", "restore", {"snapshot": saved["snapshot"]})
            await there.state()
        for idempotency_key in ("k1", ""):
            await served(caller, "POST", TASKS, there.key, kling(), idempotency_key)
        for task in (await there.get("tasks"))["tasks"]:
            await served(caller, "GET", f"{TASKS}/{task['task_id']}", there.key)
            await served(caller, "GET", f"{TASKS}/{task['task_id']}/events", there.key)
            await there.call("POST", f"tasks/{task['task_id']}/cancel")
        await there.ok("POST", "clock/advance", {"seconds": 1000})
        assert (await there.call("GET", "export")).status == 200


async def served(
    caller: Caller, method: str, path: str, key: str, body: object = None, name: str | None = None
) -> None:
    """One exchange with the public API; a fault may leave it without an answer."""
    headers = {"idempotency-key": name} if name else {}
    exchange = caller.exchange(method, path, [b""], [("authorization", f"Bearer {key}"), *headers.items()])
    if body is None:
        await caller.call(exchange)
    else:
        assert (await caller.request(method, path, body, headers, key=key)).status != 500


@settings(max_examples=60)
@given(st.data())
def test_a_server_goes_on(data: st.DataObject) -> None:
    """Anything in the place of anything, anywhere in a file of everything."""
    lines = documents(whole())
    for _ in range(data.draw(st.integers(1, 2))):
        index = data.draw(st.integers(0, len(lines) - 1))
        [(name, value)] = lines[index].items()
        path = data.draw(st.sampled_from([place for place in places(value) if place]))
        lines[index] = {name: changed(value, path, data.draw(NEAR | JSON))}
    for line in lines:
        if "account" in line and isinstance(line["account"].get("faults"), list):
            line["account"]["faults"] = [rule for rule in line["account"]["faults"] if _is_quick(rule)]
    counts = dict.fromkeys(KINDS, 0) | Counter(next(iter(line)) for line in lines)

    async def check() -> None:
        caller = Caller()
        headers = {"content-type": "application/x-ndjson"}
        content = refiled(lines, counts)
        reply = await Desk(caller=caller).call("POST", "/_mock/import", raw=content, headers=headers)
        assert reply.status in (200, 422)
        await look_everywhere(caller)

    asyncio.run(check())


def _is_quick(rule: Any) -> bool:
    """Whether it lets no time of the wall pass."""
    return not isinstance(rule, dict) or rule.get("name") != "drip"
