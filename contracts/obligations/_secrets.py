"""Where the API key shows. The journal redacts it, so the mark it leaves counts as well as the key itself."""

from contracts.run import Exchange, Run

MARKS = ("mv_live_***", "mv_test_***")
CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key"})


def holds_key(run: Run, text: str) -> bool:
    """Whether a text holds the API key."""
    return run.api_key in text or any(mark in text for mark in MARKS)


def places(run: Run, exchange: Exchange) -> list[str]:
    """Where in a request the key shows, but for `Authorization`."""
    body = exchange.request_body.decode("utf-8", "replace")
    parts = [("the path", exchange.path), ("the query", exchange.query), ("the body", body)]
    headers = [
        (f"the header {name}", value) for name, value in exchange.request_headers if name.lower() != "authorization"
    ]
    return [place for place, text in (*parts, *headers) if holds_key(run, text)]


def credentials(run: Run, exchange: Exchange) -> list[str]:
    """What a request carries that belongs to the API alone."""
    headers = [f"the header {name}" for name, _ in exchange.request_headers if name.lower() in CREDENTIALS]
    return headers + [place for place in places(run, exchange) if place not in headers]
