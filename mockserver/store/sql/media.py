"""Registered media and bytes. Bytes are kept once for each account, whatever refers to them."""

from contextlib import suppress

from sqlalchemy import Connection

from mockserver.records import Registered
from mockserver.store.belongings import content_id
from mockserver.store.sql import statements, transfer
from mockserver.store.sql.part import Part, changes, locked
from mockserver.store.sql.rows import media_data, media_of, url_digest
from mockserver.store.sql.schema import LIVE


class Full(Exception):
    """The account may not keep as many bytes: nothing of the transaction may stand."""


class Media(Part):
    """What stands behind URLs."""

    async def put_media(self, account_id: str, media: Registered) -> bool | None:
        content = media.content
        row = {
            "account": account_id,
            "url_digest": url_digest(media.url),
            "data": media_data(media),
            "content_id": None if content is None else content_id(content),
        }

        def put(connection: Connection) -> bool | None:
            found = locked(connection, account_id)
            if found is None:
                return None
            is_more = content is not None and _keep(connection, account_id, content, media.facts.digest)
            connection.execute(statements.PUT_MEDIA, row)
            if is_more:
                self._see_to_room(connection, account_id)
            account, spent, has_media = found
            if not has_media:
                connection.execute(statements.CHANGE_ACCOUNT, changes(account, spent, has_media=True))
            return True

        try:
            return await self._write(put)
        except Full:
            return False

    async def media(self, account_id: str, url: str) -> Registered | None:
        asked = {"account": account_id, "url_digest": url_digest(url)}

        def find(connection: Connection) -> Registered | None:
            row = connection.execute(statements.READ_MEDIA, asked).one_or_none()
            return None if row is None else media_of(*row)

        return await self._read(find)

    async def all_media(self, account_id: str) -> list[Registered]:
        def find(connection: Connection) -> list[Registered]:
            return [media_of(*row) for row in connection.execute(statements.ALL_MEDIA, {"account": account_id})]

        return await self._read(find)

    async def put_blob(self, account_id: str, digest: str, content: bytes) -> None:
        def put(connection: Connection) -> None:
            if locked(connection, account_id) is not None and _keep(connection, account_id, content, digest):
                self._see_to_room(connection, account_id)

        with suppress(Full):
            await self._write(put)

    async def blob(self, account_id: str, digest: str) -> bytes | None:
        def find(connection: Connection) -> bytes | None:
            asked = {"account": account_id, "digest": digest}
            content: bytes | None = connection.execute(statements.READ_BLOB, asked).scalar_one_or_none()
            return content

        return await self._read(find)

    def _see_to_room(self, connection: Connection, account_id: str) -> None:
        """Make room, where there is not enough, by dropping what nothing refers to any more.

        Raises:
            Full: if that does not do.
        """
        asked, most = {"account": account_id}, self._options.media_bytes
        if connection.execute(transfer.CONTENT_BYTES, asked).scalar_one() <= most:
            return
        connection.execute(transfer.SWEEP_CONTENTS, asked)
        if connection.execute(transfer.CONTENT_BYTES, asked).scalar_one() > most:
            raise Full


def _keep(connection: Connection, account_id: str, content: bytes, digest: str | None) -> bool:
    """Keep the bytes, and let them be found by their digest where they have one; whether they are new here."""
    named = content_id(content)
    row = {"account_id": account_id, "content_id": named, "content": content}
    is_new = connection.execute(statements.PUT_CONTENT, row).rowcount > 0
    if digest is not None:
        blob = {"account_id": account_id, "snapshot_id": LIVE, "digest": digest, "content_id": named}
        connection.execute(statements.PUT_BLOB, blob)
    return is_new
