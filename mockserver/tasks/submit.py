"""One create: examined, then decided and committed in one atomic step.

A refused create stores nothing, charges nothing and does not claim its idempotency key.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from mockserver import ledger, planning
from mockserver.accounts import Account, next_task_id, task_random
from mockserver.lifecycle import events_at, final_change_ms
from mockserver.problems import Problem
from mockserver.records import Plan, Task, record
from mockserver.store import Accepted, Claim, Held, Usage
from mockserver.tasks import Service
from mockserver.tasks.examine import Create, Verdict, examine
from mockserver.tasks.fingerprint import mismatch
from mockserver.tasks.tenants import UNKNOWN_KEY


@record
class Created:
    """The task a create led to. `first` is the very first answer to it: (status, body).

    `assumed` are the videos whose length nobody looked at: (pointer into the body, microseconds).
    """

    task: Task
    account: Account
    first: tuple[int, bytes]
    replayed: bool = False
    assumed: Sequence[tuple[str, int]] = ()


FirstAnswer = Callable[[Task, Account], tuple[int, bytes]]
"""Renders the answer to a new task, so that it is kept to the byte for `idempotency_replay_view: original`."""


async def submit(service: Service, create: Create, first_answer: FirstAnswer) -> Created | Problem:
    """Create a task, or find the one its idempotency key already made (D-CREATE, D-IDEM-REPLAY, D-IDEM-409)."""
    key, account = create.idempotency_key, create.account
    if key is None:
        return await _judge(service, create, first_answer) or UNKNOWN_KEY
    while True:
        state = await service.store.claim(account.account_id, key, partial(_alive, service, account))
        if isinstance(state, Held):
            return _replay(account, create, state)
        if state is None:
            return UNKNOWN_KEY
        if state == "claimed":
            made = None
            try:
                made = await _judge(service, create, first_answer)
            finally:
                if not isinstance(made, Created):  # A commit has ended the claim.
                    await service.store.unclaim(account.account_id, key)
            if made is not None:
                return made
        elif account.dialect.idempotency_in_flight == "conflict":
            return IN_FLIGHT
        else:
            await service.store.settled(account.account_id, key)
        # Time may have moved while this create waited: what the first made is looked at as the account is now.
        account = await service.store.account(account.account_id) or account


IN_FLIGHT = Problem(
    "idempotency_in_flight",
    "A create with this Idempotency-Key is still being processed: wait, then retry with the same key.",
    retry_after_s=1,
    settings=("idempotency_in_flight",),
)


def _alive(service: Service, account: Account, claim: Claim) -> bool:
    """Whether a claim still holds its key: for `idempotency_ttl_s` from the create, not from the last use."""
    ttl_s = account.dialect.idempotency_ttl_s
    return ttl_s is None or account.now_ms(service.wall_ms()) < claim.created_at_ms + ttl_s * 1000


def _replay(account: Account, create: Create, held: Held) -> Created | Problem:
    differs = mismatch(held.task, create.body, create.document, account.dialect.idempotency_fingerprint)
    if differs is None:
        return Created(held.task, account, (held.claim.status, held.claim.body), replayed=True)
    return Problem(
        "idempotency_mismatch",
        "This Idempotency-Key was used with a different payload: send the same payload, or a new key.",
        settings=("idempotency_fingerprint",),
        holder=held.task.task_id,
        differs=differs,
    )


async def _judge(service: Service, create: Create, first_answer: FirstAnswer) -> Created | Problem | None:
    """What comes of it; None if the claim of its key was lost before the commit."""
    verdict = await examine(service, create)
    if isinstance(verdict, Problem):
        return verdict
    decide = partial(_decide, service, create, verdict, first_answer)
    made = await service.store.commit(create.account.account_id, create.idempotency_key, decide)
    if made is None:
        return UNKNOWN_KEY
    if made == "lost":
        return None
    if isinstance(made, Problem):
        return made
    assumed = [
        (place, facts.duration_us or 0)
        for place, facts in made.task.media
        if facts.source == "assumed" and facts.kind == "video"
    ]
    return Created(made.task, made.account, (made.status, made.body), assumed=assumed)


def _decide(
    service: Service, create: Create, verdict: Verdict, first_answer: FirstAnswer, account: Account, usage: Usage
) -> Accepted | Problem:
    """Price and balance → limits → the new record, with its whole future. Pure but for the time it asks for."""
    dialect, now_ms = account.dialect, account.now_ms(service.wall_ms())
    reference = verdict.facts.get(verdict.model.reference_video or "")
    reference_us = reference.duration_us if reference else None
    figure = verdict.model.figure(verdict.input)
    price = ledger.price(figure, reference_us, dialect.billing, dialect.charge_on)
    if not usage.affords(price.total, now_ms):
        text = f"The balance is {usage.balance(now_ms)}, this task needs {price.total}: top up the account."
        return Problem("insufficient_balance", text, settings=("no_balance_status", "billing", "charge_on"))
    if limited := _limits(account, create.api_key, usage, now_ms):
        return limited
    entry, book = account.plan.take()
    plan = _plan(service, verdict, account, entry)
    if create.reshape is not None:
        plan = create.reshape(plan)
    task = Task(
        task_id=next_task_id(account),
        account_id=account.account_id,
        request_id=create.request_id,
        api_key=create.api_key,
        created_at_ms=now_ms,
        model=verdict.model.slug,
        output=verdict.model.output,
        body=create.body,
        plan=plan,
        media=verdict.media,
        price=price,
        idempotency_key=create.idempotency_key,
        files=_files(verdict) if plan.files is None else plan.files,
    )
    if not task.plan.queued_ms:
        task = replace(task, seen_events=len(events_at(task, now_ms)))
    after = account.after_create(book)
    status, body = first_answer(task, after)
    return Accepted(task, after, status, body)


def _files(verdict: Verdict) -> int:
    """How many files a success brings; a video task always brings one."""
    if verdict.model.output == "videos":
        return 1
    return len(verdict.model.output_files(verdict.input, verdict.facts))


def _plan(service: Service, verdict: Verdict, account: Account, entry: planning.PlanEntry) -> Plan:
    prompt = verdict.input.get("prompt")
    marked = planning.NOTHING
    if service.settings.magic and isinstance(prompt, str) and "[mock:" in prompt:
        marked = planning.markers(prompt)
    slow = verdict.input.get("mode") == "pro"
    plan = planning.decide(entry, marked, service.settings.timing, partial(task_random, account), slow=slow)
    if verdict.fails is not None:
        return planning.failed_by(plan, "invalid_duration", verdict.fails.message)
    return plan


def _limits(account: Account, api_key: str, usage: Usage, now_ms: int) -> Problem | None:
    """Rate and concurrency limits; `Retry-After` is true: at that moment a create would pass (API.md §2).

    Where both refuse, the one that does so for longer speaks.
    """
    if account.dialect.rate_limit is None and account.dialect.concurrency_limit is None:
        return None
    found = (_rate_limit(account, api_key, usage, now_ms), _concurrency_limit(account, usage, now_ms))
    return max(filter(None, found), key=lambda problem: problem.retry_after_s or 0, default=None)


def _rate_limit(account: Account, api_key: str, usage: Usage, now_ms: int) -> Problem | None:
    rate = account.dialect.rate_limit
    if rate is None:
        return None
    recent = usage.created_since(api_key, now_ms - rate.window_ms)
    if len(recent) < rate.count:
        return None
    wait_s = account.clock.wait_s(recent[-rate.count] + rate.window_ms - now_ms)
    text = f"This key may create {rate.count} tasks in {rate.window_ms / 1000:g} s: wait, then retry."
    return Problem("rate_limited", text, retry_after_s=wait_s, settings=("rate_limit",))


def _concurrency_limit(account: Account, usage: Usage, now_ms: int) -> Problem | None:
    most = account.dialect.concurrency_limit
    if most is None:
        return None
    unfinished = usage.unfinished(now_ms)
    surplus = len(unfinished) - most
    if surplus < 0:
        return None
    ends = sorted(end for end in map(final_change_ms, unfinished) if end is not None)
    wait_s = account.clock.wait_s(ends[surplus] - now_ms if surplus < len(ends) else 1000)
    text = f"{len(unfinished)} tasks are unfinished and {most} may be: wait for one to end, then retry."
    return Problem("concurrency_limited", text, retry_after_s=wait_s, settings=("concurrency_limit",))
