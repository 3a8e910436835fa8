"""Files that are written whole or not at all, and read from the beginning as often as need be; `-` is a stream."""

import gzip
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO

from mockserver.cli.options import BadOption
from mockserver.clock import token

STREAM = "-"
IN_MEMORY_BYTES = 4 * 2**20


@contextmanager
def readable(name: str) -> Iterator[IO[bytes]]:
    """The file, or what comes on standard input.

    Raises:
        BadOption: if it cannot be read.
    """
    with _blamed(f"cannot read {name}"):
        if name != STREAM:
            with Path(name).open("rb") as file:
                yield file
            return
        with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as spool:
            copyfileobj(sys.stdin.buffer, spool)
            yield spool


@contextmanager
def replaced(name: str) -> Iterator[IO[bytes]]:
    """A file that takes the name once all is written; nobody but its owner may read it.

    Raises:
        BadOption: if it cannot be written.
    """
    path = Path(name)
    if path.is_dir():
        raise BadOption(f"cannot write {name}: is a directory")
    part = path.with_name(f".{path.name}.{token()}")
    with _blamed(f"cannot write {name}"):
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(number, "wb") as file:
                yield file
                file.flush()
                os.fsync(number)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def write(chunks: Iterable[bytes], file: IO[bytes], *, packed: bool) -> None:
    """Write all of it, compressed if so wanted; equal content gives equal bytes."""
    if not packed:
        file.writelines(chunks)
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as packer:
        for chunk in chunks:
            packer.write(chunk)


@contextmanager
def _blamed(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadOption(f"{what}: {(error.strerror or str(error)).lower()}") from error
