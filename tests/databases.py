"""The app on each database, made once a session; each test gets the data afresh."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import psycopg
from flask import Flask
from flask_migrate import upgrade

from crm import create_app
from crm.database import db
from tests import postgres
from tests.clock import MovableClock

#: What a test may start from: nothing at all, or a company with its people.
EMPTY, COMPANY = "empty", "company"
Seed = Callable[[], None]


class TestDatabase(Protocol):
    """An app, and the way to give its database back as it was."""

    app: Flask

    def reset(self, start: str) -> None: ...
    def close(self) -> None: ...


def settings(folder: Path, clock: MovableClock, **more: Any) -> dict[str, Any]:
    """Return the settings every app under test has."""
    return {
        "TESTING": True,
        "DATA_DIR": str(folder),
        "DATABASE_URL": "",
        "SECRET_KEY": "only for tests",
        "CLOCK": clock,
        "ARGON2_MEMORY_KIB": 8,
        "ARGON2_TIME_COST": 1,
        **more,
    }


def _migrate(app: Flask) -> None:
    with app.app_context():
        upgrade()
        db.session.remove()


def _seed(app: Flask, seed: Seed) -> None:
    with app.app_context():
        seed()
        db.session.commit()
        db.session.remove()


class Sqlite:
    """A file in a temporary folder, copied from a migrated one for each test."""

    def __init__(self, folder: Path, clock: MovableClock, seed: Seed) -> None:
        self.folder = folder
        self.app = create_app(settings(folder, clock))
        with self.app.app_context():
            self.file = Path(str(db.engine.url.database))
        _migrate(self.app)
        self._keep(EMPTY)
        _seed(self.app, seed)
        self._keep(COMPANY)

    def _keep(self, start: str) -> None:
        self.close()
        shutil.copyfile(self.file, self.folder / f"{start}.template")

    def reset(self, start: str) -> None:
        self.close()
        for rest in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                self.file.with_name(self.file.name + rest).unlink()
        # A file of its own: whoever still holds the one of the test before writes into that one.
        new = self.file.with_name("new")
        shutil.copyfile(self.folder / f"{start}.template", new)
        new.replace(self.file)

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


class Postgresql:
    """A database on a cluster of its own, emptied and filled again between tests."""

    def __init__(self, folder: Path, clock: MovableClock, seed: Seed) -> None:
        self.cluster = postgres.start()
        try:
            url = self.cluster.create("hamrah")
            self.app = create_app(settings(folder, clock, DATABASE_URL=url))
            _migrate(self.app)
            self.connection = psycopg.connect(url, autocommit=True)
            self.resets = {EMPTY: self._remember(EMPTY)}
            _seed(self.app, seed)
            self.resets[COMPANY] = self._remember(COMPANY)
        except BaseException:
            self.cluster.stop()
            raise

    def _remember(self, start: str) -> bytes:
        """Keep a copy of every row in a schema aside; return the SQL that goes back to it."""
        rows = self.connection.execute("SELECT tablename FROM pg_tables WHERE schemaname='public'")
        tables = [name for (name,) in rows if name != "alembic_version"]
        self.connection.execute(f'CREATE SCHEMA "{start}"'.encode())
        # As a replica no foreign key and no trigger stands in the way, and it is all one message.
        sql = ["BEGIN", "SET LOCAL session_replication_role = replica"]
        sql += [f'DELETE FROM public."{name}"' for name in tables]
        for name in tables:
            copy = f'CREATE TABLE "{start}"."{name}" AS TABLE public."{name}"'
            if self.connection.execute(copy.encode()).rowcount:
                sql.append(f'INSERT INTO public."{name}" TABLE "{start}"."{name}"')
        return "; ".join([*sql, "COMMIT"]).encode()

    def reset(self, start: str) -> None:
        with self.app.app_context():
            db.session.remove()
        self.connection.execute(self.resets[start])

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        self.connection.close()
        self.cluster.stop()


KINDS: dict[str, Callable[[Path, MovableClock, Seed], TestDatabase]] = {
    "sqlite": Sqlite,
    "postgresql": Postgresql,
}
