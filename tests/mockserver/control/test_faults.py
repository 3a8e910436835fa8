"""Fault rules over the control plane: set, listed, counted, deleted, and refused by name."""

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import Server
from mockserver.client import Account, ControlError
from mockserver.faults.table import TABLE


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def account(server: Server) -> Account:
    return server.new_account()


@pytest.mark.clause("C-FAULTS")
@pytest.mark.parametrize("name", TABLE)
def test_every_fault_can_be_set_by_its_name(account: Account, name: str) -> None:
    """What a rule does not say is filled in: where it fires, how often, after how many."""
    row = TABLE[name]
    rule = account.fault(name)
    assert (rule["name"], rule["on"], rule["after"], rule["fired"]) == (name, row.on[0], 0, 0)
    assert rule["times"] == row.times
    assert account.faults() == [rule]


def test_a_rule_as_it_was_set(account: Account) -> None:
    """All that a rule said comes back, its parameters flat beside the rest."""
    said = {"on": "read", "times": None, "after": 2, "probability": 0.5, "ttl_s": 60, "task": "n1", "attempt": 3}
    rule = account.fault("status", **said, code=500, phase="after", retry_after="7")
    assert rule == {"fault_id": "fault_1", "name": "status", "fired": 0, **said} | {
        "code": 500,
        "phase": "after",
        "retry_after": "7",
    }


def test_delete(account: Account) -> None:
    """One rule is deleted by its id, all of them by none; an unknown id is 404."""
    for _ in range(3):
        account.fault("close")
    account.clear_faults("fault_2")
    assert [rule["fault_id"] for rule in account.faults()] == ["fault_1", "fault_3"]
    with pytest.raises(ControlError, match="fault_not_found"):
        account.clear_faults("fault_2")
    assert account.fault("close")["fault_id"] == "fault_4"
    account.clear_faults()
    assert account.faults() == []


@pytest.mark.parametrize(
    ("rule", "params", "words"),
    [
        ({"name": "gremlin"}, ["/name"], "lost_response"),
        ({}, ["/name"], "required"),
        ({"name": 7}, ["/name", "/name"], "string"),
        ({"name": "status", "colour": 1}, ["/colour"], "code, phase, retry_after"),
        ({"name": "lost_request", "colour": 1}, ["/colour"], "no parameters"),
        ({"name": "status", "code": 418, "phase": "during"}, ["/code", "/phase"], "429"),
        ({"name": "stall", "seconds": "1"}, ["/seconds"], "number"),
        ({"name": "stall", "seconds": -1}, ["/seconds"], "above 0"),
        ({"name": "status", "times": 0}, ["/times"], "greater"),
        ({"name": "status", "probability": 2}, ["/probability"], "less"),
        ({"name": "status", "on": "delete"}, ["/on", "/on"], "create, read"),
        ({"name": "create_code", "on": "read"}, ["/on"], "create"),
        ({"name": "ends", "on": "create"}, ["/on"], "task"),
    ],
)
def test_refused(server: Server, account: Account, rule: dict[str, Any], params: list[str], words: str) -> None:
    """What is wrong is named, with what is known instead; nothing is set, and no account made with such a rule."""
    with pytest.raises(ControlError) as refused:
        account.transport.call("POST", f"/_mock/accounts/{account.key}/faults", rule)
    assert refused.value.status == 422
    assert [detail["param"] for detail in refused.value.details] == params
    assert words in str(refused.value.details)
    assert account.faults() == []
    before = len(server.control.accounts())
    with pytest.raises(ControlError) as refused:
        server.control.new_account(faults=[{"name": "close"}, rule])
    assert [detail["param"] for detail in refused.value.details] == [f"/faults/1{param}" for param in params]
    assert len(server.control.accounts()) == before


def test_an_account_with_rules(server: Server) -> None:
    """Rules can come with the account; what is no object, or no list, is refused."""
    account = server.control.new_account(faults=[{"name": "close"}, {"name": "stuck"}])
    assert [rule["name"] for rule in account.faults()] == ["close", "stuck"]
    for wrong in ({"name": "close"}, ["close"]):
        with pytest.raises(ControlError) as refused:
            account.transport.call("POST", "/_mock/accounts", {"faults": wrong})
        assert str(refused.value.param).startswith("/faults")


def test_explain(server: Server, account: Account) -> None:
    """An exchange that met a fault is explained by the rule."""
    account.fault("status", on="read", code=502)
    from tests.mockserver.faults.test_sockets import connect, heard, request

    with connect(account) as connection:
        connection.sendall(request(account, "GET", "/api/v1/tasks/task_x"))
        assert heard(connection).head.startswith(b"HTTP/1.1 502")
    (exchange,) = account.journal()
    explained = server.control.explain(exchange["exchange_id"])
    assert explained["clause"] == "F-FAULT"
    assert explained["fault"] == account.faults()[0]
