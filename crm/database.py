"""Engine, session, column types, ids and `@command`: the one way to write."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, Date, DateTime, MetaData, String, Text, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry
from sqlalchemy.types import TypeDecorator, TypeEngine

from crm import errors
from crm.i18n import _

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")


class Id(TypeDecorator[str]):
    """A UUID as its 36 characters: native on PostgreSQL, text on SQLite with nothing to convert."""

    impl = String(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=False))
        return dialect.type_descriptor(String(36))


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, also where the database keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(postgresql.JSONB(), "postgresql")
#: Text that sorts by code point on both databases, as prefix ranges need.
Folded = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

Key = Annotated[str, mapped_column(Id, primary_key=True, default=lambda: new_id())]
Ref = Annotated[str, mapped_column(Id)]
Money = Annotated[int, mapped_column(BigInteger)]


class Base(DeclarativeBase):
    # One registry holds both: Flask-SQLAlchemy copies this class, and SQLAlchemy 2.1 refuses a
    # copy that has a registry and a type_annotation_map of its own.
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            str: Text(),
            datetime: Instant(),
            dict[str, Any]: Json,
            list[dict[str, Any]]: Json,
            list[str]: Json,
            int: BigInteger(),
            date: Date(),
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"autoflush": True})


def new_id() -> str:
    """Return a fresh UUIDv7 (RFC 9562 §5.7) as text: sorts by the millisecond of its birth."""
    head = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    raw = bytearray(head + os.urandom(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


def is_id(text: object) -> bool:
    """Tell whether `text` is a UUID in its canonical lower-case form."""
    if not isinstance(text, str) or len(text) != 36:
        return False
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


class FairLock:
    """First come, first served: sixteen phones writing at once each wait their own turn."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def acquire(self, timeout: float) -> bool:
        with self._guard:
            if not self._held:
                self._held = True
                return True
            turn = threading.Lock()  # taken now, given back by whoever hands over
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=timeout):
            return True
        with self._guard:
            if turn not in self._waiting:  # handed over in the instant the wait ran out
                return True
            self._waiting.remove(turn)
            return False

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


_writer = FairLock()
_inside: ContextVar[Connection | None] = ContextVar("inside_a_command", default=None)
WRITER_WAIT_SECONDS = 10.0


def is_sqlite() -> bool:
    """Tell whether this app runs on SQLite."""
    return bool(db.engine.dialect.name == "sqlite")


@contextmanager
def _transaction() -> Iterator[None]:
    """End what was being read, then hold one write transaction until the block ends."""
    session = db.session
    session.rollback()
    locked = is_sqlite()
    if locked and not _writer.acquire(WRITER_WAIT_SECONDS):
        raise errors.Busy(_("The server is busy. Nothing was lost: please try again."))
    token = None
    try:
        token = _inside.set(session.connection(execution_options={"writes": True}))
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        if token is not None:
            _inside.reset(token)
        if locked:
            _writer.release()


def connection() -> Connection:
    """Return the connection that the command at hand writes on: for prebuilt Core statements.

    They cost a quarter of what the ORM's do. What the ORM holds is not flushed before them.
    """
    return _inside.get() or db.session.connection()


def _may_go_well(error: DBAPIError) -> bool:
    """Whether the same write may succeed at once: its rival is through now."""
    deadlock = getattr(error.orig, "sqlstate", None) in ("40P01", "40001")
    return deadlock or isinstance(error, IntegrityError)


def is_transient(error: BaseException) -> bool:
    """Tell whether the database was busy or away: what failed may be tried again as it is."""
    return isinstance(error, (OperationalError, PoolTimeout, errors.Busy))


class Command(Protocol[P, R]):
    """A decorated command; `inside` is its body, for a caller that holds the transaction."""

    inside: Callable[P, R]
    __name__: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


def command(fn: Callable[Concatenate[A, P], R]) -> Command[Concatenate[A, P], R]:
    """Run `fn(actor, …)` in one short write transaction of its own.

    Commits before returning. An integrity error (two phones, one id) or a deadlock rolls back and
    runs it once more, so that the second run finds the record. Raises `errors.Busy` when the
    database cannot take the write; nothing is changed then. A command never calls a command.
    """

    @wraps(fn)
    def run(actor: A, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if _inside.get() is not None:
            raise RuntimeError(f"{fn.__name__}: a command never calls a command")
        try:
            try:
                with _transaction():
                    return fn(actor, *args, **kwargs)
            except DBAPIError as error:
                if not _may_go_well(error):
                    raise
                with _transaction():
                    return fn(actor, *args, **kwargs)
        except IntegrityError as error:
            raise errors.Conflict(_("This was changed by someone else. Look again.")) from error
        except (OperationalError, PoolTimeout) as error:
            raise errors.Busy(
                _("The server is busy. Nothing was lost: please try again.")
            ) from error

    wrapped = cast("Command[Concatenate[A, P], R]", run)
    wrapped.inside = fn
    COMMANDS.append(wrapped)
    return wrapped


#: Every command of the product, for the house rules.
COMMANDS: list[Command[..., Any]] = []

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
    """Return the engine's options for `url`."""
    if url.startswith("sqlite"):
        return {
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
        "connect_args": {"options": options},
        "pool_size": pool_size,
        "max_overflow": 2 * pool_size,
        "pool_pre_ping": True,
    }


def listen(engine: Engine) -> None:
    """Give every SQLite connection its pragmas, and make a write take the lock at its start."""
    if engine.dialect.name != "sqlite":
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

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # past SQLAlchemy, which would wrap an error: this cannot fail, it takes no lock
            connection.connection.driver_connection.execute("BEGIN")
