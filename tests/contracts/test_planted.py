"""The harness is judged as well: faults planted in the fake are the fake's, never the client's."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from contracts.harness import Options, check
from mockserver import ledger, lifecycle
from mockserver.api import create as creates
from mockserver.faults.call import Call
from mockserver.lifecycle import Change
from mockserver.problems import Problem
from mockserver.records import Task
from mockserver.store.memory import MemoryStore
from mockserver.tasks import submit
from tests.clients.reference import sync

Plant = Callable[[pytest.MonkeyPatch], None]


def double_charge(plant: pytest.MonkeyPatch) -> None:
    """Each task is charged twice."""
    real = ledger._task_entries

    def twice(task: Task, now_ms: int) -> Iterator[ledger.Entry]:
        yield from real(task, now_ms)
        yield from real(task, now_ms)

    plant.setattr(ledger, "_task_entries", twice)


def wrong_sum(plant: pytest.MonkeyPatch) -> None:
    """The balance does not follow from the entries."""
    real = ledger.totals

    def doubled(*given: Any) -> ledger.Totals:
        totals = real(*given)
        return ledger.Totals(totals.held, totals.charged * 2)

    plant.setattr(ledger, "totals", doubled)


def key_of_a_refused_create(plant: pytest.MonkeyPatch) -> None:
    """A create that was refused claims its key all the same."""
    refused: set[str | None] = set()
    real_error, real_submit = Call.error, submit.submit

    def error(self: Call, *given: Any) -> Any:
        refused.add(self.draft.idempotency_key)
        return real_error(self, *given)

    async def submitted(service: Any, create: Any, first: Any) -> Any:
        if create.idempotency_key in refused:
            return Problem("idempotency_mismatch", "That key is taken.")
        return await real_submit(service, create, first)

    plant.setattr(Call, "error", error)
    plant.setattr(creates, "submit", submitted)


def status_goes_back(plant: pytest.MonkeyPatch) -> None:
    """Every other look at a processing task shows it queued."""
    real, looks = lifecycle._planned_state, iter(range(10**9))

    def moody(task: Task, now_ms: int) -> Change:
        state = real(task, now_ms)
        return Change(0, "queued", task.created_at_ms) if state.status == "processing" and next(looks) % 2 else state

    plant.setattr(lifecycle, "_planned_state", moody)


def end_is_taken_back(plant: pytest.MonkeyPatch) -> None:
    """A task that has ended ends another way when it is looked at again."""
    real, seen = lifecycle._planned_state, set()

    def moody(task: Task, now_ms: int) -> Change:
        state = real(task, now_ms)
        if state.status == "succeeded" and task.task_id in seen:
            return replace(state, status="failed")
        if state.status == "succeeded":
            seen.add(task.task_id)
        return state

    plant.setattr(lifecycle, "_planned_state", moody)


def another_id_on_replay(plant: pytest.MonkeyPatch) -> None:
    """A replay names a task that is not the original one."""
    real = submit._replay

    def replayed(account: Any, create: Any, held: Any) -> Any:
        made = real(account, create, held)
        if isinstance(made, Problem):
            return made
        return replace(made, task=replace(made.task, task_id="task_ffff"), first=(200, b'{"task_id": "task_ffff"}'))

    plant.setattr(submit, "_replay", replayed)


def success_without_a_commit(plant: pytest.MonkeyPatch) -> None:
    """A create is answered with success, and the task is lost."""
    real = MemoryStore.commit

    async def forgetful(self: MemoryStore, account_id: str, key: str | None, decide: Any) -> Any:
        made = await real(self, account_id, key, decide)
        self._tenants[account_id].tasks.clear()
        return made

    plant.setattr(MemoryStore, "commit", forgetful)


def an_error_of_its_own(plant: pytest.MonkeyPatch) -> None:
    """Creates are answered with 503 for no reason."""

    async def down(service: Any, create: Any, first: Any) -> Any:
        return Problem("unavailable", "No reason.")

    plant.setattr(creates, "submit", down)


def a_key_is_forgotten(plant: pytest.MonkeyPatch) -> None:
    """A key that has a task gets another one."""
    real = MemoryStore.claim

    async def forgetful(self: MemoryStore, account_id: str, key: str, alive: Any) -> Any:
        return await real(self, account_id, key, lambda claim: False)

    plant.setattr(MemoryStore, "claim", forgetful)


PLANTS: tuple[Plant, ...] = (
    double_charge,
    wrong_sum,
    key_of_a_refused_create,
    status_goes_back,
    end_is_taken_back,
    another_id_on_replay,
    success_without_a_commit,
    an_error_of_its_own,
    a_key_is_forgotten,
)


@pytest.mark.parametrize("planted", PLANTS, ids=lambda plant: plant.__name__)
def test_planted(planted: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the fake is an error of the harness (exit 2), and no promise is said to be broken by the client."""
    planted(monkeypatch)
    result = check(sync.client, Options(lives=330))
    assert result.exit_code == 2
    assert result.errors
    assert [each.obligation.id for each in result.rulings if each.word in ("FAIL", "WARN")] == []
