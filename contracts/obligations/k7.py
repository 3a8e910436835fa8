"""A create has one key header of 1 to 255 visible characters."""

from collections.abc import Iterator

from contracts.obligations import Broken
from contracts.run import Exchange, Run

LEVEL = "S"
SOURCE = "H-IDEM-KEY"


def _keys(exchange: Exchange) -> list[str]:
    if exchange.operation != "create":
        return []
    return [value for name, value in exchange.request_headers if name.lower() == "idempotency-key"]


def exercised(run: Run) -> bool:
    return any(_keys(each) for each in run.exchanges)


def check(run: Run) -> Iterator[Broken]:
    for each in run.exchanges:
        keys = _keys(each)
        if len(keys) > 1:
            yield Broken("A create carried more than one Idempotency-Key.", (each.seq,))
        for key in keys:
            if not 1 <= len(key) <= 255 or not all("!" <= character <= "~" for character in key):
                yield Broken("An Idempotency-Key is not 1 to 255 visible ASCII characters.", (each.seq,))
