"""The open questions of one account (CONTROL.md, Dialect)."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from mockserver.dialect import DEFAULT, Setting, as_json, settings
from tests.asgi import Caller
from tests.mockserver.control.desk import desk, json_values

SHARED = Caller()
"""One server for all examples of a property: each has an account of its own."""

SECONDS = st.just("never") | st.integers(0, 10**10) | st.integers(0, 10**6).map(lambda each: each + 0.5)
FORMS: dict[str, st.SearchStrategy[Any]] = {
    "count": st.just("none") | st.integers(1, 10**9),
    "rate": st.just("none")
    | st.builds(lambda count, of: f"{count}/{of}", st.integers(1, 10**8), st.integers(1, 10**8)),
    "seconds": SECONDS,
    "milliseconds": st.integers(0, 10**9),
}


def values(setting: Setting) -> st.SearchStrategy[Any]:
    """What the setting takes, as it is written outside."""
    return FORMS[setting.form] if setting.form in FORMS else st.sampled_from(setting.variants)


CHANGES = st.fixed_dictionaries({}, optional={setting.name: values(setting) for setting in settings()})


@pytest.mark.clause("C-DIALECT")
@examples(max_examples=30)
@given(st.lists(CHANGES, min_size=1, max_size=3))
def test_what_was_patched_is_what_is_read(changes: list[dict[str, Any]]) -> None:
    """Each PATCH answers the whole, GET says the same, and what was not named is as it was."""

    async def check() -> None:
        made = await desk(caller=SHARED)
        expected = as_json(DEFAULT)
        assert await made.get("dialect") == expected
        for change in changes:
            expected |= change
            assert await made.ok("PATCH", "dialect", change) == expected
            assert await made.get("dialect") == expected

    asyncio.run(check())


@pytest.mark.clause("C-DIALECT", "C-SHAPE")
@examples(max_examples=30)
@given(
    CHANGES, st.dictionaries(st.text(max_size=8) | st.sampled_from(list(as_json(DEFAULT))), json_values(), min_size=1)
)
def test_one_bad_setting_and_nothing_is_applied(good: dict[str, Any], bad: dict[str, Any]) -> None:
    """Unknown names and values are refused by place, whatever stands beside them."""

    async def check() -> None:
        made = await desk(caller=SHARED)
        reply = await made.call("PATCH", "dialect", good | bad)
        if reply.status == 200:
            assert reply.json == as_json(DEFAULT) | good | bad
        else:
            assert reply.code == "control_invalid"
            assert await made.get("dialect") == as_json(DEFAULT)

    asyncio.run(check())


@pytest.mark.clause("C-DIALECT", "A-CREATE-STATUS", "A-ERROR-ENVELOPE")
async def test_a_change_holds_for_its_account_from_then_on() -> None:
    """The control plane itself goes on answering in the nested envelope."""
    made = await desk()
    other = await desk(caller=made.caller)
    await made.ok("PATCH", "dialect", {"create_status": 201, "error_envelope": "detail"})
    assert (await made.caller.create(key=made.key)).status == 201
    assert (await other.caller.create(key=other.key)).status == 200
    assert "detail" in (await made.caller.read("task_x", key=made.key)).json
    assert (await made.refused("PATCH", "dialect", {"create_status": 203}))[:2] == (422, "control_invalid")


@pytest.mark.clause("C-SHAPE")
@pytest.mark.parametrize("body", [[], "x", 1, True, [{"create_status": 201}]])
async def test_a_dialect_is_an_object(body: object) -> None:
    """Anything else is refused."""
    made = await desk()
    assert await made.refused("PATCH", "dialect", body) == (422, "control_invalid", [""])
