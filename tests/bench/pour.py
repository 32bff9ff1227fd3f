"""Writes many rows straight into the tables: SQLite by executemany, PostgreSQL by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Table

CHUNK = 20_000
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Shape:
    """Which columns of a table the rows give, and what its other columns always hold."""

    table: Table
    columns: Sequence[str]
    fixed: dict[str, Any]

    @classmethod
    def of(cls, table: Any, *columns: str, **fixed: Any) -> Shape:
        """Take the model's own defaults for what is not named; the rest stays NULL."""
        for column in table.columns:
            default = getattr(column.default, "arg", None)
            if column.name in columns or column.name in fixed or default is None:
                continue
            if callable(default):
                if not column.primary_key:
                    fixed[column.name] = "{}" if "dict" in repr(default) else "[]"
            else:
                fixed[column.name] = int(default) if isinstance(default, bool) else str(default)
        return cls(table, columns, fixed)

    @property
    def names(self) -> str:
        return ", ".join(f'"{name}"' for name in (*self.columns, *self.fixed))


class Target(Protocol):
    """A database to pour into. Values are as SQLite keeps them: text, numbers, None."""

    def pour(self, shape: Shape, rows: Iterable[Row]) -> None: ...


class Sqlite:
    """A file that nobody else has open."""

    def __init__(self, file: Path) -> None:
        import pysqlite3

        self.connection = pysqlite3.connect(str(file), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-524288"):
            self.connection.execute(f"PRAGMA {pragma}")

    def pour(self, shape: Shape, rows: Iterable[Row]) -> None:
        fixed = [f"'{value}'" for value in shape.fixed.values()]
        values = ", ".join(["?"] * len(shape.columns) + fixed)
        statement = f'INSERT INTO "{shape.table.name}" ({shape.names}) VALUES ({values})'
        self.connection.executemany(statement, rows)

    @contextmanager
    def without_indexes(self, *tables: str) -> Iterator[None]:
        """Build the indexes after the rows: much quicker, and as tight as after a VACUUM."""
        marks = ",".join("?" * len(tables))
        made = self.connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            f" AND tbl_name IN ({marks})",
            tables,
        ).fetchall()
        self.connection.execute("BEGIN")
        for name, _sql in made:
            self.connection.execute(f'DROP INDEX "{name}"')
        yield
        for _name, sql in made:
            self.connection.execute(sql)
        self.connection.execute("COMMIT")

    def close(self) -> None:
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()


class Postgresql:
    """A database of a cluster of our own."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("SET synchronous_commit = off")
        self.connection.execute("SET maintenance_work_mem = '512MB'")
        self.connection.execute("SET timezone = 'UTC'")

    def pour(self, shape: Shape, rows: Iterable[Row]) -> None:
        fixed = "".join(f"\t{value}" for value in shape.fixed.values())
        line = "\t".join(["%s"] * len(shape.columns)) + fixed + "\n"
        copy = f'COPY "{shape.table.name}" ({shape.names}) FROM STDIN'
        source = iter(rows)
        with self.connection.cursor().copy(copy.encode()) as sink:
            while chunk := list(islice(source, CHUNK)):
                sink.write(
                    "".join(
                        line % tuple("\\N" if value is None else value for value in row)
                        for row in chunk
                    )
                )

    @contextmanager
    def without_indexes(self, *tables: str) -> Iterator[None]:
        """As for SQLite."""
        made = self.connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename = ANY(%s) AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint)",
            [list(tables)],
        ).fetchall()
        for name, _definition in made:
            self.connection.execute(f'DROP INDEX "{name}"'.encode())
        yield
        for _name, definition in made:
            self.connection.execute(definition.encode())

    def close(self) -> None:
        """What autovacuum would have done by the time a company has grown so far."""
        self.connection.execute("VACUUM ANALYZE")
        self.connection.close()
