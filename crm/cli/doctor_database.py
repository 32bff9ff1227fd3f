"""The doctor's look at the database itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crm.cli.doctor import Finding

#: Off, each of them may lose what a phone was told is saved.
POSTGRESQL_ON = ("fsync", "full_page_writes", "synchronous_commit")
#: Trigrams are made of what the database's locale takes for letters.
PERSIAN_TRIGRAMS = "SELECT cardinality(show_trgm('\u0633\u0627\u0631\u0627')) > 0"


def sqlite(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at SQLite: its version, its journal, its file."""
    from sqlalchemy import text

    from crm.backup.disk import file_system_of, is_network
    from crm.cli.place import sqlite_file
    from crm.database import db, is_wal_safe, sqlite_module

    module = sqlite_module()
    version = module.sqlite_version
    safe = is_wal_safe(tuple(module.sqlite_version_info))
    yield Finding(
        True,
        f"SQLite {version} writes safely with WAL"
        if safe
        else f"SQLite {version} has the WAL-reset bug: the slower rollback journal is used instead",
    )
    file = sqlite_file(config)
    kind = file_system_of(file.parent) if file else ""
    yield Finding(
        not is_network(kind),
        f"The database is on a disk of this machine ({kind or 'unknown'})"
        if not is_network(kind)
        else f"The database is on a network file system ({kind}): move it to a local disk",
    )
    with db.engine.connect() as connection:
        journal = connection.scalar(text("PRAGMA journal_mode"))
        sync = connection.scalar(text("PRAGMA synchronous"))
        said = connection.scalar(text("PRAGMA quick_check(1)"))
    # FULL is 2, EXTRA 3: below, a power cut takes back what was answered.
    kept = sync >= 2 and journal == ("wal" if safe else "delete")
    yield Finding(kept, f"Journal {journal}, synchronous {sync}" + ("" if kept else ": not as set"))
    yield Finding(
        said == "ok",
        "The database is whole"
        if said == "ok"
        else f"The database is damaged ({said}): restore the last backup into a new folder",
    )


def postgresql(_config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at PostgreSQL: that it is reached, and that it keeps what it was given."""
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    from crm.database import db

    try:
        with db.engine.connect() as connection:
            version = connection.scalar(text("SHOW server_version"))
            values = {name: connection.scalar(text(f"SHOW {name}")) for name in POSTGRESQL_ON}
            trigrams = connection.scalar(
                text("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
            )
            persian = bool(trigrams) and connection.scalar(text(PERSIAN_TRIGRAMS))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield Finding(False, f"PostgreSQL cannot be reached: {reason}")
        return
    yield Finding(True, f"PostgreSQL {version} answers")
    for name, value in values.items():
        yield Finding(
            value == "on",
            f"{name} is on"
            if value == "on"
            else f"{name} is {value}: set it on, or saves get lost",
        )
    yield Finding(
        bool(trigrams),
        "pg_trgm is there" if trigrams else "pg_trgm is missing: CREATE EXTENSION pg_trgm",
    )
    if trigrams:
        yield Finding(
            bool(persian),
            "Persian words are in the search index"
            if persian
            else "Persian is searched row by row: make the database with LC_CTYPE C.UTF-8 or a "
            "language's UTF-8 locale (CREATE DATABASE … TEMPLATE template0 LC_CTYPE 'C.UTF-8')",
        )
