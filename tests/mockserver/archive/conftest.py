"""The stores of `tests/mockserver/store`, for files that go from one to another."""

from tests.mockserver.store.conftest import (
    make_store,
    postgresql_url,
    sqlite_template,
    store,
    store_kind,
    store_url,
)

__all__ = ["make_store", "postgresql_url", "sqlite_template", "store", "store_kind", "store_url"]
