"""`mindvideo-mock request`: a create of a model, ready to be sent."""

from mockserver import curl
from mockserver.cli import show
from mockserver.cli.catalogue import named


def print_one(slug: str, base_url: str, key: str, idempotency_key: str | None, *, is_json: bool) -> None:
    """The documented example of the model, as a curl or as the body alone."""
    body = {"model": slug, "input": named(slug).example_input}
    if is_json:
        show.json(body)
        return
    print(curl.command(base_url.rstrip("/"), key, body, idempotency_key))
