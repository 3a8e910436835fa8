"""Under which name a client calls this server: what absolute URLs in answers start with."""

import re
from functools import lru_cache

from mockserver.http import Scope
from mockserver.settings import Settings
from mockserver.wire import redact

LONGEST_HOST = 300
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\Z")


def host_of(scope: Scope, given: bytes, settings: Settings) -> str:
    """The host the client called, as its `Host` header has it; the bound one if it wrote none, or no good one."""
    if len(given) <= LONGEST_HOST and (host := _authority(given)):
        return host
    name, port = scope.get("server") or (settings.host, settings.port)
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def server_url(scope: Scope, given: bytes, settings: Settings) -> str:
    """`--public-url`, or where the client called; without a slash at its end."""
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    return f"{scope.get('scheme', 'http')}://{host_of(scope, given, settings)}"


@lru_cache(maxsize=256)
def _authority(given: bytes) -> str | None:
    """What `Host` says, if it is a host: nothing else, and no API key, may come to stand in a URL."""
    host = given.decode("latin-1")
    return host if _HOST.match(host) and redact.text(host) == host else None
