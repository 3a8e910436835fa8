"""The control plane from Python (CONTROL.md): clocks, money, plans, journals of the accounts of a running server.

`ControlClient` blocks, `AsyncControlClient` does the same in threads. Both need the standard library and orjson only.
"""

from mockserver.client.account import Account, Clock
from mockserver.client.asynchronous import AsyncAccount, AsyncClock, AsyncControlClient
from mockserver.client.control import ControlClient
from mockserver.client.transport import ControlError

__all__ = [
    "Account",
    "AsyncAccount",
    "AsyncClock",
    "AsyncControlClient",
    "Clock",
    "ControlClient",
    "ControlError",
]
