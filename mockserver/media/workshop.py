"""Files made on demand, off the event loop, each once: a bounded cache with one maker per file."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from mockserver.media import names, outputs, pool, probe, synth
from mockserver.media.lru import Lru
from mockserver.media.outputs import OutputSpec
from mockserver.records import MediaFacts

MAX_CACHE_BYTES = 64 * 1024 * 1024
MAX_KNOWN_FACTS = 4096


class Workshop:
    """Makes named files and outputs. Equal requests at one time share one making; a failure is kept by nobody."""

    __slots__ = ("_facts", "_files", "_making")

    def __init__(self, max_cache_bytes: int = MAX_CACHE_BYTES) -> None:
        self._files: Lru[str, bytes] = Lru(max_cache_bytes)
        self._facts: Lru[str, MediaFacts] = Lru(MAX_KNOWN_FACTS)
        self._making: dict[str, asyncio.Task[bytes]] = {}

    async def named(self, name: str) -> bytes | None:
        """The file served under `name`, or None where no file has that name."""
        media = names.parse(name)
        if media is None:
            return None
        return await self._once(f"named:{name}", lambda: pool.run(synth.named, media))

    async def named_facts(self, name: str) -> MediaFacts | None:
        """What probing the file served under `name` finds; None where no file has that name."""
        if (known := self._facts.get(name)) is not None:
            return known
        media = names.parse(name)
        data = await self.named(name)
        if media is None or data is None:
            return None
        facts = await probe.probe_async(data, media.kind)
        assert isinstance(facts, MediaFacts), f"{name}: {facts}"
        self._facts.put(name, facts, 1)
        return facts

    async def output(self, key: str, spec_factory: Callable[[], Awaitable[OutputSpec]]) -> bytes:
        """The output known by `key`; `spec_factory` is asked only where it has to be made."""

        async def make() -> bytes:
            return await pool.run(outputs.make, await spec_factory())

        return await self._once(f"output:{key}", make)

    async def _once(self, key: str, make: Callable[[], Coroutine[None, None, bytes]]) -> bytes:
        if (known := self._files.get(key)) is not None:
            return known
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._kept(key, make))
        return await asyncio.shield(task)

    async def _kept(self, key: str, make: Callable[[], Coroutine[None, None, bytes]]) -> bytes:
        try:
            data = await make()
        finally:
            del self._making[key]
        self._files.put(key, data, len(data))
        return data
