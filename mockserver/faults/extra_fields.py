"""Members that nobody announced: an additive change."""

from dataclasses import dataclass

from mockserver.faults.call import Call, edit

DEEPEST = 32


@dataclass(frozen=True, slots=True)
class ExtraFields:
    """Objects `depth` levels deep, in every object of the answer."""

    depth: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.depth <= DEEPEST:
            raise ValueError(f"depth must be 1 to {DEEPEST}")

    async def __call__(self, call: Call) -> None:
        await call.write(edit(await call.answered(), self._grown))

    def _grown(self, value: object) -> object:
        if isinstance(value, dict):
            return {**{name: self._grown(child) for name, child in value.items()}, "x_new_member": self._extra()}
        return [self._grown(child) for child in value] if isinstance(value, list) else value

    def _extra(self) -> object:
        extra: object = "surprise"
        for _ in range(self.depth):
            extra = {"x_inner": extra}
        return extra
