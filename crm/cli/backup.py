"""`flask backup` and `flask restore`: a verified copy now, and the way back into a new folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

if TYPE_CHECKING:
    from crm.backup import Backup

FOLDER = click.Path(path_type=Path)


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(backup_command)
    app.cli.add_command(restore_command)


@click.command("backup")
@click.argument("folder", type=FOLDER, required=False)
@with_appcontext
def backup_command(folder: Path | None) -> None:
    """Back the data up now, into FOLDER or where the hourly ones lie; the server may run."""
    from crm.attachments.storage import blob_folder
    from crm.backup.contents import Damaged
    from crm.backup.make import make_backup
    from crm.cli.place import backup_folder, sqlite_file

    target = folder or backup_folder(current_app.config)
    file = sqlite_file(current_app.config)
    try:
        if file is None:
            made = _dump(target)
        elif not file.exists():
            raise click.ClickException(f"There is no data yet in {file}")
        else:
            blobs = blob_folder(current_app.config)
            made = make_backup(file, target, blobs, "by-hand")
    except (Damaged, OSError) as error:
        raise click.ClickException(f"No backup was made. {error}") from error
    rows = sum(table["rows"] for table in made.tables.values())
    said = f"{rows:,} rows, " if made.tables else ""
    said += f"{len(made.blobs):,} photos and voice notes, " if made.blobs else ""
    click.echo(f"{made.path}\n{said}{made.size / 1e6:.1f} MB, verified.")


@click.command("restore")
@click.argument("file", type=FOLDER)
@click.argument("folder", type=FOLDER, required=False)
@click.option("--verify", is_flag=True, help="Also start the app on it and ask it for its records.")
@with_appcontext
def restore_command(file: Path, folder: Path | None, verify: bool) -> None:
    """Make the new data folder FOLDER from the backup FILE; without FOLDER only check FILE.

    Every byte and row is compared with the manifest. The data in use is never touched: start the
    server with DATA_DIR=FOLDER afterwards.
    """
    from crm.backup import restore as way_back
    from crm.backup.contents import Damaged

    try:
        if folder is None:
            made = way_back.verify(file)
            click.echo(f"{file.name}, made at {made.made_at:%Y-%m-%d %H:%M} UTC, is whole.")
            return
        made = way_back.restore(file, folder)
    except (Damaged, OSError) as error:
        raise click.ClickException(f"Nothing was restored. {error}") from error
    rows = sum(t["rows"] for t in made.tables.values())
    along = f" and {len(made.blobs):,} photos and voice notes" if made.blobs else ""
    click.echo(f"Restored {rows:,} rows{along} into {folder}.")
    if verify:
        _ask_records(folder)
    click.echo(
        f"Start it with DATA_DIR={folder} (files of unfinished imports are not in a backup)."
    )


def _ask_records(folder: Path) -> None:
    """Start an app on the restored folder and let it answer what its pages ask first."""
    from crm import create_app
    from crm.cli.drill import ask

    try:
        answers = ask(create_app({"DATA_DIR": str(folder), "DATABASE_URL": ""}))
    except Exception as error:
        raise click.ClickException(f"The app does not start on it: {error}") from error
    click.echo("The app starts on it and finds " + ", ".join(answers) + ".")


def _dump(folder: Path) -> Backup:
    from crm.attachments.queries import whole_hashes
    from crm.attachments.storage import blob_folder
    from crm.backup.postgresql import dump
    from crm.cli.migration import version
    from crm.database import db

    blobs, schema = blob_folder(current_app.config), version() or ""
    return dump(db.engine.url, folder, schema, reason="by-hand", blobs=blobs, wanted=whole_hashes)
