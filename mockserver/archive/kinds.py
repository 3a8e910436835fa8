"""The kinds of lines, and their belongings as plain data and back."""

from binascii import a2b_base64, b2a_base64
from typing import Any

from mockserver.accounts import Account, Key
from mockserver.archive import conform
from mockserver.archive.lines import BadArchive, Line, payload_of
from mockserver.codec import encode, reader_of
from mockserver.records import Task, record
from mockserver.store.belongings import Belonging, Blob, Claimed, Content, Placed, Saved


@record
class Packed:
    """The bytes of a file as text."""

    content_id: str
    base64: str


KINDS: dict[str, Any] = {
    "account": Account,
    "key": Key,
    "content": Packed,
    "task": Task,
    "claim": Claimed,
    "media": Placed,
    "blob": Blob,
    "snapshot": Saved,
}
NAMES = {(Content if kind is Packed else kind): name for name, kind in KINDS.items()}


def payload(belonging: Belonging) -> bytes:
    """The belonging as a line without its sum."""
    plain: object = belonging
    if isinstance(belonging, Content):
        plain = Packed(belonging.content_id, b2a_base64(belonging.content, newline=False).decode())
    return payload_of(NAMES[type(belonging)], encode(plain))


def check(line: Line) -> None:
    """See that a belonging can be made of the line.

    Raises:
        BadArchive: if not.
    """
    kind = KINDS.get(line.kind)
    if kind is None:
        raise BadArchive(line.number, "this kind of line is unknown to this version of mindvideo-mock", f"/{line.kind}")
    found = conform.fault(kind, line.value)
    if found is not None:
        raise BadArchive(line.number, found[1], f"/{line.kind}{found[0]}")


def belonging_of(line: Line) -> Belonging:
    """The belonging of a line that has been checked.

    Raises:
        BadArchive: if its bytes are no base64, which only this finds out.
    """
    made: Belonging | Packed = reader_of(KINDS[line.kind])(line.value)
    if not isinstance(made, Packed):
        return made
    try:
        return Content(made.content_id, a2b_base64(made.base64, strict_mode=True))
    except ValueError as error:
        raise BadArchive(line.number, "this must be base64", "/content/base64") from error
