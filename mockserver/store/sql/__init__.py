"""The store in SQLite or PostgreSQL: what is acknowledged outlives the process, and any replica answers any request.

One schema, one file of statements. Every verb is one statement or one transaction; what judges (a create, a change)
runs inside the lock on its account's row, so that no other replica comes between.
"""

from mockserver.store.sql.store import SqlStore

__all__ = ["SqlStore"]
