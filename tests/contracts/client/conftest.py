"""Every client that is run here must leave nothing behind."""

from collections.abc import Iterator

import pytest

from mockserver.clock import token
from tests.contracts.client.calls import with_mark


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clients inherit a mark of this test; no process with it is left when the test is over."""
    mark = f"MARK_{token()}"
    monkeypatch.setenv(mark, "1")
    yield
    assert with_mark(mark) == []
