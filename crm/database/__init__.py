"""Engine, session, column types, ids and `@command`: the one way to write."""

from crm.database.columns import (
    Base,
    Folded,
    Id,
    Instant,
    Json,
    Key,
    Money,
    Ref,
    is_id,
    new_id,
)
from crm.database.engine import engine_options, is_wal_safe, listen, sqlite_module
from crm.database.fair_lock import FairLock
from crm.database.writing import (
    COMMANDS,
    Command,
    at_the_end,
    command,
    connection,
    db,
    dialect_insert,
    is_sqlite,
    is_transient,
    write_last,
)

__all__ = [
    "COMMANDS",
    "Base",
    "Command",
    "FairLock",
    "Folded",
    "Id",
    "Instant",
    "Json",
    "Key",
    "Money",
    "Ref",
    "at_the_end",
    "command",
    "connection",
    "db",
    "dialect_insert",
    "engine_options",
    "is_id",
    "is_sqlite",
    "is_transient",
    "is_wal_safe",
    "listen",
    "new_id",
    "sqlite_module",
    "write_last",
]
