"""`mindvideo-mock healthcheck`: asks a server whether it is ready; for the HEALTHCHECK of a container."""

import os
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from mockserver.loopback import origin

PATH = "/_mock/health"
TIMEOUT_S = 2.0
HEALTHY, SICK, USAGE = 0, 1, 2


def check(url: str = "") -> int:
    """0 if the server answers 200; else 1, and why on stderr. 2 if the URL is none."""
    url = url or own_url()
    parts = urlsplit(url)
    try:
        kind = {"http": HTTPConnection, "https": HTTPSConnection}[parts.scheme]
        host, port = parts.hostname or "", parts.port
    except (KeyError, ValueError):
        host = ""
    if not host:
        print(f"mindvideo-mock: {url!r} is no http(s) URL", file=sys.stderr)
        return USAGE
    connection = kind(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", parts.path if parts.path.strip("/") else PATH)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        print(f"mindvideo-mock: {url} does not answer: {str(error) or type(error).__name__}", file=sys.stderr)
        return SICK
    finally:
        connection.close()
    if status != 200:
        print(f"mindvideo-mock: {url} answers {status}", file=sys.stderr)
        return SICK
    print("ok")
    return HEALTHY


def own_url() -> str:
    """Where a server with this environment listens."""
    port = os.environ.get("MINDVIDEO_MOCK_PORT", "")
    return origin(os.environ.get("MINDVIDEO_MOCK_HOST", "127.0.0.1"), int(port) if port.isdigit() else 8000)
