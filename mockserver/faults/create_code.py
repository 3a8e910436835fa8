"""Another 2xx for a create."""

from dataclasses import dataclass
from typing import Literal

from mockserver.faults.call import Call


@dataclass(frozen=True, slots=True)
class CreateCode:
    """A successful create answers `code`; a refused one stays as it is."""

    code: Literal[200, 201, 202] = 202

    async def __call__(self, call: Call) -> None:
        answer = await call.answered()
        if 200 <= answer.status < 300:
            answer.status = self.code
        await call.write(answer)
