"""A replay looks another way: the first answer or the task as it is, another 2xx, a marker header or none."""

from dataclasses import dataclass, replace
from typing import Literal

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class ReplayView:
    """Settings of the dialect, for one create; `code` is that of the replayed answer."""

    view: Literal["current", "original"] = "current"
    code: Literal[200, 201, 202] | None = None
    marker: bool = True

    async def __call__(self, call: Call) -> None:
        header: Literal["none", "Idempotent-Replayed"] = "Idempotent-Replayed" if self.marker else "none"
        dialect = call.account.dialect
        call.draft.dialect = replace(dialect, idempotency_replay_view=self.view, idempotency_replay_header=header)
        answer = await call.answered()
        if self.code is not None and 200 <= answer.status < 300:
            answer.status = self.code
        await call.write(answer)
