"""Small real files: as the server itself makes them, and as `data:` URIs."""

from base64 import b64encode
from functools import cache

from mockserver.media import names, synth


@cache
def named(name: str) -> bytes:
    """The file the server serves under that name."""
    media = names.parse(name)
    assert media is not None
    return synth.named(media)


@cache
def data_uri(name: str) -> str:
    """The same as a `data:` URI."""
    media = names.parse(name)
    assert media is not None
    return f"data:{media.content_type};base64,{b64encode(named(name)).decode()}"
