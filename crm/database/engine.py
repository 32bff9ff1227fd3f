"""How each engine is opened: SQLite's pragmas, PostgreSQL's time limits."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DisconnectionError

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "trusted_schema=OFF",
    "secure_delete=ON",
    "cell_size_check=ON",
    "wal_autocheckpoint=1000",
    "journal_size_limit=67108864",
    "cache_size=-16384",
)
_SAFE_WAL = ((3, 50, 7), (3, 44, 6))


def sqlite_module() -> Any:
    """Return the newest SQLite driver here: the wheel's where it exists, else Python's own."""
    try:
        import pysqlite3
    except ImportError:
        import sqlite3

        return sqlite3
    return pysqlite3


def is_wal_safe(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite has the WAL-reset fix (3.51.3, also in 3.50.7 and 3.44.6)."""
    return version >= (3, 51, 3) or version in _SAFE_WAL


def engine_options(url: str, pool_size: int) -> dict[str, Any]:
    """Return the engine's options for `url`.

    What a statement was given stays out of errors, and so out of the log: it is about people.
    """
    if url.startswith("sqlite"):
        return {
            "hide_parameters": True,
            "module": sqlite_module(),
            "connect_args": {"timeout": 10, "check_same_thread": False},
            "pool_size": 64,
            "max_overflow": 16,
        }
    options = (
        "-c timezone=UTC -c statement_timeout=5000 -c lock_timeout=3000"
        " -c idle_in_transaction_session_timeout=10000"
    )
    return {
        "hide_parameters": True,
        "connect_args": {"options": options},
        "pool_size": pool_size,
        "max_overflow": 2 * pool_size,
    }


def listen(engine: Engine) -> None:
    """Give every SQLite connection its pragmas, and make a write take the lock at its start.

    On PostgreSQL ask a connection that has rested whether its server is still there.
    """
    if engine.dialect.name != "sqlite":
        _ping_the_rested(engine)
        return
    module = sqlite_module()
    wal = is_wal_safe(tuple(module.sqlite_version_info))

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if not wal:  # the corruption bug is in WAL only: the rollback journal is slower and safe
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("PRAGMA synchronous=EXTRA")

    _begin_as_asked(engine.dialect)


def _begin_as_asked(dialect: Any) -> None:
    """Begin IMMEDIATE after `execution_options(writes=True)`, once; else as a reader.

    On the dialect, not as a listener: one listener makes SQLAlchemy ask for listeners around every
    statement, which costs a twentieth of a capture.
    """
    inherited = dialect.set_connection_execution_options

    def on_options(connection: Connection, options: Any) -> None:
        if options.get("writes"):
            connection.connection.info["writes"] = True
        inherited(connection, options)

    def do_begin(connection: Any) -> None:
        writes = connection.info.pop("writes", False)
        connection.driver_connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    dialect.set_connection_execution_options = on_options
    dialect.do_begin = do_begin


RESTED_SECONDS = 2.0


def _ping_the_rested(engine: Engine) -> None:
    """As pool_pre_ping, which asks at every use: a fifth of all statements where much goes on."""

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool opens another in its place
