"""`flask migrate`: brings the tables to this version, one migrator at a time, a backup first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

#: Any number that only this product uses: the name of the lock among PostgreSQL's advisory locks.
_MIGRATION_LOCK = 4_857_218_026


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(migrate_command)
    app.cli.add_command(revision_command)


@click.command("migrate")
@with_appcontext
def migrate_command() -> None:
    """Bring the database to this version (`serve` does it too)."""
    from crm.cli.place import only_one_here

    with only_one_here(current_app.config, unless=is_current):
        click.echo(f"The tables are at version {migrate()}.")


@click.command("revision")
@click.argument("message")
@click.option("--rev-id", help="The number that its file begins with.")
@with_appcontext
def revision_command(message: str, rev_id: str | None) -> None:
    """Write the migration from the database's tables to the models' (for developers)."""
    from flask_migrate import revision

    current_app.extensions["migrate"].db  # noqa: B018  # brings Flask-Migrate itself in its place
    revision(message=message, autogenerate=True, rev_id=rev_id)


def migrate() -> str:
    """Bring the tables to this version and return it.

    Where there is data and something to do, a verified backup is made first. Raises
    ClickException when the tables are newer than this program.
    """
    os.umask(0o077)  # the file that is made here is for this account alone
    wanted, known = _versions()
    with _migrating() as connection:
        found = _version_of(connection)
        if found == wanted:
            return wanted
        if found is not None and found not in known:
            raise click.ClickException(
                f"The data was written by a newer version of Hamrah ({found}). Start that one, or"
                " restore a backup made before it."
            )
    if found is not None:
        _back_up_before(wanted)
    from alembic import command

    with _migrating() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _look_for_broken_links(connection)
        connection.commit()
    return wanted


def is_current() -> bool:
    """Tell whether the tables are at this version already."""
    return version() == _versions()[0]


def version() -> str | None:
    """Return the version that the tables are at, or None where there are none."""
    from crm.database import db

    with db.engine.connect() as connection:
        return _version_of(connection)


def _config() -> Any:
    return current_app.extensions["migrate"].migrate.get_config()


def _versions() -> tuple[str, set[str]]:
    """Return the newest version that this program knows, and all of them.

    The files are named by them, in order: asking alembic would cost each start its import.
    """
    folder = Path(__file__).resolve().parents[2] / "migrations" / "versions"
    known = sorted(file.name.split("_")[0] for file in folder.glob("[0-9]*_*.py"))
    return known[-1], set(known)


def _version_of(connection: Any) -> str | None:
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found else None


@contextmanager
def _migrating() -> Iterator[Any]:
    """Hold a connection on which one migrator at a time works, in one transaction."""
    from sqlalchemy import text

    from crm.database import db, is_sqlite

    with db.engine.connect() as plain:
        if is_sqlite():
            # Rebuilding a table drops the old one: with foreign keys on, its rows' children go too.
            # The pragma must come before the transaction.
            plain.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        connection = plain.execution_options(writes=True)
        try:
            if not is_sqlite():
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SET LOCAL lock_timeout = '30s'"))
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK}
                )
            yield connection
        finally:
            connection.rollback()
            connection.invalidate()


def _look_for_broken_links(connection: Any) -> None:
    from crm.database import is_sqlite

    if is_sqlite() and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise click.ClickException("The migration left broken links; nothing was changed.")


def _back_up_before(wanted: str) -> None:
    from crm.attachments.storage import blob_folder
    from crm.backup.make import make_backup
    from crm.cli.place import backup_folder, sqlite_file
    from crm.company.queries import is_set_up
    from crm.database import db

    if not is_set_up():
        return
    db.session.rollback()
    reason = f"before-{wanted}"
    file = sqlite_file(current_app.config)
    if file is None:
        return
    config = current_app.config
    made = make_backup(Path(file), backup_folder(config), blob_folder(config), reason)
    click.echo(f"Backed up to {made.path.name} before the migration.")
