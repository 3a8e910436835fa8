"""Where a client on the same machine finds a server. Imports nothing: the health check of a container uses it."""

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def origin(host: str, port: int) -> str:
    """`http://host:port`, a wildcard replaced by the loopback address that it covers."""
    reachable = WILDCARDS.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
