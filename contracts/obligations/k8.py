"""Keys do not repeat across runs, and hold no API key, no prompt and not just the time."""

import re
from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.obligations import _answers as answers
from contracts.obligations import _secrets as secrets
from contracts.run import Exchange, Run

LEVEL = "S"
SOURCE = "good practice: a key is guessed by nobody and used once"

TIME = re.compile(
    r"[A-Za-z_:.-]*(1[0-9]{9}([0-9]{3}|[0-9]{6}|[0-9]{9})?(\.[0-9]+)?|20[0-9]{2}-?[01][0-9]-?[0-3][0-9]T[0-9:.]+Z?)"
)
SHORTEST_PROMPT = 6
ENOUGH = 32
"""Letters of a prompt, from its start, that give it away."""


def _letters(text: object) -> str:
    """What is left of a text in a key, whatever becomes of the rest."""
    return "".join(character for character in str(text).lower() if character.isascii() and character.isalnum())


def _prompt(create: Exchange) -> str:
    """The prompt of a create, in those letters."""
    body = answers.parsed(create.request_body)
    given = body.get("input") if isinstance(body, dict) else None
    return _letters(given.get("prompt", "")) if isinstance(given, dict) else ""


def exercised(run: Run) -> bool:
    return any(each.operation == "create" and answers.key_of(each) for each in run.exchanges)


def check(run: Run) -> Iterator[Broken]:
    for each in run.exchanges:
        key = answers.key_of(each) if each.operation == "create" else None
        if not key:
            continue
        if key in run.other_runs_keys:
            yield Broken("An Idempotency-Key was used by another run before.", (each.seq,))
        if secrets.holds_key(run, key):
            yield Broken("An Idempotency-Key holds the API key.", (each.seq,))
        prompt = _prompt(each)
        if len(prompt) >= SHORTEST_PROMPT and prompt[:ENOUGH] in _letters(key):
            yield Broken("An Idempotency-Key holds the prompt.", (each.seq,))
        if TIME.fullmatch(key):
            message = f"The Idempotency-Key {key!r} is just a time: two runs may start in one instant."
            yield Broken(message, (each.seq,), "warn")
