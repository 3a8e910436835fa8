"""The use cases: submit, read, operate, download. Each decides from records and a given time, then stores."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mockserver.settings import Settings
from mockserver.store import Store

if TYPE_CHECKING:
    from mockserver.media.workshop import Workshop

Traffic = Counter[tuple[str, int | None]]
"""How often a request of (operation, status) has been answered since the server started; None: not at all."""


@dataclass(frozen=True, slots=True)
class Service:
    """What the use cases work with. `wall_ms` is the only way they learn the time, `token` the only source of names.

    `traffic` counts what came here, `elsewhere` tells what came to the other workers of this server.
    """

    store: Store
    settings: Settings
    workshop: "Workshop"
    wall_ms: Callable[[], int]
    token: Callable[[], str]
    traffic: Traffic = field(default_factory=Counter)
    elsewhere: Callable[[], Traffic] = Counter
