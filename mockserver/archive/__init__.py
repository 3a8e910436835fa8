"""Snapshot files: accounts on their way from one store to another (mockserver/README.md, A snapshot file)."""
