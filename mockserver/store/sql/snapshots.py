"""Save, go back, branch, start over, forget: copies of rows, made by the database."""

from dataclasses import replace

from sqlalchemy import Connection

from mockserver.store.belongings import Saved, in_order
from mockserver.store.sql import statements, transfer
from mockserver.store.sql.accounts import opened
from mockserver.store.sql.claims import Claims
from mockserver.store.sql.journal import cleared
from mockserver.store.sql.part import changes, locked
from mockserver.store.sql.rows import account_of, account_values
from mockserver.store.sql.schema import LIVE
from mockserver.store.tenant import resumed, stopped


class Snapshots(Claims):
    """What is done to all that an account owns; creates in flight stay in flight, but for `forget`."""

    async def snapshot(self, account_id: str, snapshot_id: str, wall_ms: int) -> bool | None:
        def save(connection: Connection) -> bool | None:
            found = locked(connection, account_id)
            if found is None:
                return None
            asked = {"account": account_id, "snapshot": snapshot_id}
            if connection.execute(transfer.OTHER_SNAPSHOTS, asked).scalar_one() >= self._options.snapshot_limit:
                return False
            account, spent, has_media = found
            values = {**account_values(stopped(account, wall_ms)), "spent": spent, "has_media": has_media}
            saved = {"account_id": account_id, "snapshot_id": snapshot_id, **values}
            connection.execute(statements.SAVE_ACCOUNT, saved)
            _drop(connection, account_id, snapshot_id)
            connection.execute(statements.DROP_CLAIMS, asked)
            _copy(connection, (account_id, LIVE), (account_id, snapshot_id))
            return True

        return await self._write(save)

    async def snapshots(self, account_id: str) -> list[Saved]:
        def find(connection: Connection) -> list[Saved]:
            rows = connection.execute(statements.SNAPSHOTS_OF, {"account": account_id})
            return in_order(Saved(row[0], account_of(*row[1:])) for row in rows)

        return await self._read(find)

    async def drop_snapshot(self, account_id: str, snapshot_id: str) -> bool | None:
        def drop(connection: Connection) -> bool | None:
            if locked(connection, account_id) is None:
                return None
            asked = {"account": account_id, "snapshot": snapshot_id}
            if not connection.execute(statements.DROP_SNAPSHOT, asked).rowcount:
                return False
            _drop(connection, account_id, snapshot_id)
            connection.execute(statements.DROP_CLAIMS, asked)
            return True

        return await self._write(drop)

    async def restore(self, account_id: str, snapshot_id: str, wall_ms: int) -> bool | None:
        def go_back(connection: Connection) -> bool | None:
            found = locked(connection, account_id)
            if found is None:
                return None
            asked = {"account": account_id, "snapshot": snapshot_id}
            saved = connection.execute(statements.SAVED_ACCOUNT, asked).one_or_none()
            if saved is None:
                return False
            account = account_of(account_id, saved.data, saved.ordinal, saved.serial)
            account = resumed(account, found[0].serial, wall_ms)
            connection.execute(statements.CHANGE_ACCOUNT, changes(account, saved.spent, has_media=saved.has_media))
            _drop(connection, account_id, LIVE)
            _forget_claims(connection, account_id)
            _copy(connection, (account_id, snapshot_id), (account_id, LIVE))
            return True

        return await self._write(go_back)

    async def fork(self, account_id: str, fork_id: str, key: str, wall_ms: int) -> bool:
        def branch(connection: Connection) -> bool:
            found = locked(connection, account_id)
            if found is None:
                return False
            account, spent, has_media = found
            if not opened(connection, replace(account, account_id=fork_id), key, spent, has_media=has_media):
                return False
            connection.execute(statements.COPY_CONTENTS, {"account": account_id, "to_account": fork_id})
            _copy(connection, (account_id, LIVE), (fork_id, LIVE))
            return True

        return await self._write_new(branch)

    async def reset(self, account_id: str) -> bool:
        def start_over(connection: Connection) -> bool:
            found = locked(connection, account_id)
            if found is None:
                return False
            account, _, has_media = found
            plan = replace(account.plan, queue=())
            account = replace(account, topups=(), faults=(), ordinal=0, plan=plan)
            connection.execute(statements.CHANGE_ACCOUNT, changes(account, 0, has_media=has_media))
            connection.execute(statements.DROPS[0], {"account": account_id, "snapshot": LIVE})
            _forget_claims(connection, account_id)
            cleared(connection, account_id)
            return True

        return await self._write(start_over)

    async def forget(self, account_id: str) -> bool:
        def leave(connection: Connection) -> bool:
            if locked(connection, account_id) is None:
                return False
            connection.execute(statements.KILL_KEYS, {"account": account_id})
            for statement in statements.FORGET:
                connection.execute(statement, {"account": account_id})
            return True

        is_gone = await self._write(leave)
        for name in [name for name in self._flights if name[0] == account_id]:
            self._flights.pop(name).ended.set()
        return is_gone


def _drop(connection: Connection, account_id: str, snapshot_id: str) -> None:
    for statement in statements.DROPS:
        connection.execute(statement, {"account": account_id, "snapshot": snapshot_id})


def _forget_claims(connection: Connection, account_id: str) -> None:
    connection.execute(statements.FORGET_CLAIMS, {"account": account_id})
    connection.execute(statements.EMPTY_CLAIMS, {"account": account_id})


def _copy(connection: Connection, source: tuple[str, str], target: tuple[str, str]) -> None:
    places = {"account": source[0], "snapshot": source[1], "to_account": target[0], "to_snapshot": target[1]}
    for statement in statements.COPIES:
        connection.execute(statement, places)
