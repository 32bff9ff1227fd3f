"""What a SQLite file holds, table by table, so that two files can be compared and one checked."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from crm.database import sqlite_module

_ROWS_AT_ONCE = 500


class Damaged(Exception):
    """The file is not what it should be; the text says how, for the person at the terminal."""


def open_read_only(path: Path) -> Any:
    """Open a file that nobody writes: no lock is taken and no -wal appears beside it."""
    connection = sqlite_module().connect(
        f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    connection.isolation_level = None
    return connection


def tables_of(connection: Any) -> list[str]:
    """Return the names of the real tables: an index's own tables follow from them."""
    rows = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return [name for (name,) in rows]


def counts_of(connection: Any) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for name in tables_of(connection)
    }


def contents_of(connection: Any) -> dict[str, dict[str, Any]]:
    """Return rows and a hash over all values, for each table."""
    return {name: _table(connection, name) for name in tables_of(connection)}


def _table(connection: Any, name: str) -> dict[str, Any]:
    columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')]
    # SQLite writes the text of each row, so that Python touches a row once and not each value.
    line = " || '|' || ".join(f'quote("{column}")' for column in columns)
    rows = connection.execute(f'SELECT {line} FROM "{name}" ORDER BY rowid')  # noqa: S608
    digest, count = hashlib.sha256(), 0
    while some := rows.fetchmany(_ROWS_AT_ONCE):
        digest.update("\n".join(row[0] for row in some).encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
        count += len(some)
    return {"rows": count, "sha256": digest.hexdigest()}


def schema_of(connection: Any) -> str:
    """Return the migration that the file is at; empty before the first."""
    if "alembic_version" not in tables_of(connection):
        return ""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def check(connection: Any) -> None:
    """Let SQLite look through the whole file. Raises Damaged."""
    try:
        said = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
        if said != ["ok"]:
            raise Damaged(f"integrity_check says: {'; '.join(said)}")
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite_module().DatabaseError as error:
        raise Damaged(f"SQLite cannot read it: {error}") from error
    if broken:
        raise Damaged(f"{len(broken)} rows point to rows that are not there")
