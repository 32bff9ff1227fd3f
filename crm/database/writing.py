"""The session and `@command`: the one way to write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Executable, Text, bindparam, func, literal_column, select
from sqlalchemy import cast as cast_to
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crm import errors
from crm.database.columns import Base
from crm.database.fair_lock import FairLock
from crm.i18n import _

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")

db = SQLAlchemy(model_class=Base, session_options={"autoflush": True})

_writer = FairLock()
_inside: ContextVar[Connection | None] = ContextVar("inside_a_command", default=None)
#: What the command at hand writes last: by key the rank, the statement and its values.
Last = dict[tuple[int, str], tuple[Any, Executable, dict[str, Any]]]
_last: ContextVar[Last] = ContextVar("written_last")
#: What is called before the command at hand commits, with all that it is to look at.
Ending = Callable[[list[Any]], None]
_endings: ContextVar[dict[Ending, list[Any]]] = ContextVar("endings")
WRITER_WAIT_SECONDS = 10.0


def is_sqlite() -> bool:
    """Tell whether this app runs on SQLite."""
    return bool(db.engine.dialect.name == "sqlite")


@contextmanager
def _transaction() -> Iterator[None]:
    """End what was being read, then hold one write transaction until the block ends."""
    session = db.session
    locked = is_sqlite()
    if locked or not session.is_active or session.new or session.dirty or session.deleted:
        session.rollback()
    else:
        # PostgreSQL looks anew at each statement: what was read first may share the transaction,
        # and two of thirteen round trips are saved. What the ORM holds may be old all the same.
        session.expire_all()
    if locked and not _writer.acquire(WRITER_WAIT_SECONDS):
        raise errors.Busy(_("The server is busy. Nothing was lost: please try again."))
    token = None
    try:
        options = {"writes": True} if locked else None
        token = _inside.set(session.connection(execution_options=options))
        last: Last = {}
        _last.set(last)
        endings: dict[Ending, list[Any]] = {}
        _endings.set(endings)
        yield
        for key in sorted(last):
            connection().execute(*last[key][1:])
        for ending, seen in endings.items():
            ending(seen)
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


def write_last(
    key: tuple[int, str], rank: Any, statement: Executable, values: dict[str, Any]
) -> None:
    """Run a statement at the end of the command at hand, in the order of the keys.

    Of several with one key only the highest rank runs: twenty meetings with one person note once
    when the last of them was, and rows are taken in one order whatever the order of the meetings.
    """
    if _inside.get() is None:
        connection().execute(statement, values)
        return
    last = _last.get()
    if key not in last or last[key][0] < rank:
        last[key] = (rank, statement, values)


def at_the_end(ending: Ending, seen: Any) -> None:
    """Call `ending` once before the command at hand commits, with all that it was given to see.

    It finds everything written, also what came after its cause; what it raises undoes the command.
    """
    if _inside.get() is None:
        ending([seen])
        return
    _endings.get().setdefault(ending, []).append(seen)


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


def insert_rows(insertion: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Run an INSERT for many rows, all with the same columns.

    On PostgreSQL as one statement with one value, the rows as JSON: to read a statement with five
    hundred values anew took the driver longer than the database to write them.
    """
    if is_sqlite():
        connection().execute(insertion, rows)
        return
    table, names = insertion.table, list(rows[0])
    said = cast_to(bindparam("said", type_=Text()), JSON)
    shape: Any = literal_column(f'NULL::"{table.name}"')
    given = func.json_populate_recordset(shape, said).table_valued(*names)
    statement = insertion.from_select(names, select(*given.c))
    connection().execute(statement, {"said": json.dumps(rows, default=str)})


def dialect_insert(table: Any) -> Any:
    """Return this database's own INSERT, the one with ON CONFLICT; loaded when it is used."""
    if is_sqlite():
        from sqlalchemy.dialects.sqlite import insert as on_sqlite

        return on_sqlite(table)
    from sqlalchemy.dialects.postgresql import insert as on_postgresql

    return on_postgresql(table)
