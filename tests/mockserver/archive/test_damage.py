"""What was done to a file on its way is noticed and told with its line; the store that was to take it is unchanged."""

import asyncio
import gzip
import io
from functools import cache

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.archive import lines as lining
from mockserver.archive.draft import Draft
from mockserver.archive.lines import BadArchive, read, unpacked
from mockserver.archive.survey import accounts, parts, survey
from mockserver.store.belongings import Content, content_id
from mockserver.store.memory import MemoryStore
from tests.asgi import START_MS, Caller
from tests.mockserver.archive.values import file_of, put, used


@cache
def whole() -> bytes:
    """A file of two accounts."""

    async def make() -> bytes:
        caller = Caller()
        names = [made.account for made in await used(caller)]
        return await file_of(caller.store, START_MS, *names)

    return asyncio.run(make())


def lines() -> list[bytes]:
    """Its lines."""
    return whole().splitlines(keepends=True)


def place_of(content: bytes) -> int:
    """The line that is told; in a store nothing has changed."""
    store = MemoryStore()
    with pytest.raises(BadArchive) as told:
        asyncio.run(put(store, content, START_MS))
    assert asyncio.run(store.accounts()) == []
    assert str(told.value).startswith(f"line {told.value.line}: ")
    return told.value.line


POSITIONS = st.integers(0, 10**9).map(lambda number: number % len(whole()))


def line_at(position: int) -> int:
    """The number of the line that this byte is in."""
    return whole()[:position].count(b"\n") + 1


@given(POSITIONS)
def test_a_file_that_was_cut_short(size_bytes: int) -> None:
    """Anywhere: the line that is not whole is named, or the one after the last."""
    assert place_of(whole()[:size_bytes]) == line_at(size_bytes)


@given(POSITIONS, st.integers(1, 255))
def test_a_byte_that_has_changed(position: int, change: int) -> None:
    """Anywhere: its line is named."""
    content = bytearray(whole())
    content[position] ^= change
    assert place_of(bytes(content)) == line_at(position)


@given(st.data())
def test_lines_that_were_moved(data: st.DataObject) -> None:
    """Left out, doubled or in another order: the first that is not where it was is named."""
    found = lines()
    index = data.draw(st.integers(0, len(found) - 1))
    other = data.draw(st.integers(0, len(found) - 1).filter(lambda number: number != index))
    assert place_of(b"".join(found[:index] + found[index + 1 :])) == index + 1
    assert place_of(b"".join([*found[: index + 1], found[index], *found[index + 1 :]])) == index + 2
    found[index], found[other] = found[other], found[index]
    assert place_of(b"".join(found)) == min(index, other) + 1


@given(POSITIONS, st.integers(1, 255))
def test_a_compressed_file_that_was_damaged(position: int, change: int) -> None:
    """Cut short or changed, it is refused where it becomes unreadable; what only looks changed is read as it was."""
    packed = gzip.compress(whole(), mtime=0)
    position %= len(packed)
    for content in (packed[:position], packed[:position] + bytes([packed[position] ^ change]) + packed[position + 1 :]):
        try:
            found = survey(unpacked(io.BytesIO(content)))
        except BadArchive:
            continue
        assert found == survey(io.BytesIO(whole()))


def test_a_compressed_file_is_read_as_it_is() -> None:
    """Twice, if need be."""
    file = unpacked(io.BytesIO(gzip.compress(whole())))
    assert survey(file) == survey(file) == survey(io.BytesIO(whole()))


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"", 1, "the file is empty"),
        (b"\n", 1, "this is no snapshot file: 'mindvideo-mock snapshot' makes one"),
        (b"[]\n", 1, "this is no snapshot file"),
        (b'{"header": 1}\n', 1, "this is no snapshot file"),
        (b'{"header": {"format": "mindvideo-mock snapshot", "version": "1", "tool": ""}}\n', 1, "this is no snapshot"),
        (b'{"header": {"format": "other", "version": 1, "tool": ""}}\n', 1, "this is no snapshot"),
        (
            b'{"header": {"format": "mindvideo-mock snapshot", "version": 2, "tool": "9.0"}}\n',
            1,
            "/header/version: the file has version 2 of the format, made by 9.0; this version reads 1: use",
        ),
    ],
)
def test_what_is_no_snapshot_file(content: bytes, line: int, said: str) -> None:
    """Or one that is not for this version."""
    with pytest.raises(BadArchive) as told:
        survey(io.BytesIO(content))
    assert str(told.value).startswith(f"line {line}: {said}")


def filed(*payloads: bytes) -> io.BytesIO:
    """A file of these with good sums."""
    return io.BytesIO(b"".join(lining.framed(payloads, {})))


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b'{"task":}', "line 2: this is no JSON: "),
        (b'{"a":1,"b":2}', "line 2: this must be an object with one member and its sum"),
        (b'["a"}', "line 2: this is no JSON"),
        (b'{"header":1}', "line 2: /header: the header is the first line, and no other"),
        (b'{"end":{"lines":2,"sha256":""}}', "line 2: this counts other lines than there are"),
        (b'{ "end":{"lines":2,"sha256":""}}', "line 2: this counts other lines than there are"),
        (b'{"end":7}', "line 2: this counts other lines than there are"),
        (b'{"tsk":{}}', "line 2: /tsk: this kind of line is unknown"),
    ],
)
def test_lines_that_are_none(payload: bytes, said: str) -> None:
    """However good their sums are."""
    with pytest.raises(BadArchive) as told:
        survey(filed(payload))
    assert str(told.value).startswith(said)


def test_a_line_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is not read whole."""
    monkeypatch.setattr(lining, "MAX_LINE_BYTES", 300)
    with pytest.raises(BadArchive, match="line 2: the line is over 300 bytes"):
        survey(filed(b'{"task":"' + b"x" * 300 + b'"}'))


def test_something_after_the_end() -> None:
    """Even where it is a whole file."""
    assert place_of(whole() * 2) == len(lines()) + 1
    assert place_of(whole() + b"\n") == len(lines()) + 1


def test_anybody_can_check_the_sum() -> None:
    """The last line has the SHA-256 of all before it."""
    from hashlib import sha256

    *before, end = lines()
    told = orjson.loads(end)["end"]
    assert told == {"lines": len(before), "sha256": sha256(b"".join(before)).hexdigest()}


def test_a_part_of_a_file_is_a_file() -> None:
    """Lines of some accounts, copied as they are."""
    first, second = survey(io.BytesIO(whole()))
    for each in (first, second):
        draft = Draft()
        for account_id, found in parts(io.BytesIO(whole()), {each.account_id}):
            assert account_id == each.account_id
            for line in found:
                draft.add_line(line)
        [again] = survey(io.BytesIO(b"".join(draft.chunks())))
        assert (again.account_id, again.keys, again.task_count) == (each.account_id, each.keys, each.task_count)
        draft.close()


def test_large_drafts_come_in_chunks() -> None:
    """Whole lines each; what was kept in a file comes back."""
    draft = Draft()
    contents = [bytes([number]) * 200_000 for number in range(40)]
    for content in contents:
        draft.add(Content(content_id(content), content))
    chunks = list(draft.chunks())
    assert len(chunks) == 41
    assert all(chunk.endswith(b"\n") for chunk in chunks)
    assert [line.number for line in read(io.BytesIO(b"".join(chunks)))] == list(range(1, 43))
    assert draft.counts["content"] == 40
    draft.close()


def test_a_file_that_changes_after_it_was_looked_at() -> None:
    """Is read no further; what it was is not had."""
    content = bytearray(whole())
    content[line_at(0) + len(b"".join(lines()[:10]))] ^= 1
    first = next(accounts(io.BytesIO(bytes(content)), {survey(io.BytesIO(whole()))[0].account_id}))
    with pytest.raises(BadArchive, match="line 11"):
        list(first)
