"""The public API as small ASGI endpoints: parse, call, render, nothing else. No framework is on this path."""
