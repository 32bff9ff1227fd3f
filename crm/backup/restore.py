"""The way back: a backup becomes a new data folder, checked against its manifest on the way."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from crm.backup.blobs import restore_blobs, verify_blobs
from crm.backup.contents import Damaged, check, contents_of, open_read_only
from crm.backup.kept import Backup, digest_of, read_manifest
from crm.backup.postgresql import readable
from crm.database import new_id, sqlite_module
from crm.durable import sync_file, sync_folder

FILE_NAME = "hamrah.sqlite3"


def verify(path: Path) -> Backup:
    """Return the backup at `path` if every byte and row of it is as it was. Raises Damaged."""
    if not path.is_file():
        raise Damaged(f"There is no file {path}")
    made = read_manifest(path)
    if made is None:
        raise Damaged(f"{path.name} has no readable manifest beside it, so it cannot be verified")
    if digest_of(path) != made.sha256:
        raise Damaged(f"{path.name} is not the file that its manifest describes: bytes differ")
    if path.suffix == ".sqlite3":
        _verify_rows(path, made)
    else:
        readable(path)
    verify_blobs(made)
    return made


def _verify_rows(path: Path, made: Backup) -> None:
    with closing(open_read_only(path)) as connection:
        check(connection)
        found = contents_of(connection)
    wrong = sorted(name for name in found | made.tables if found.get(name) != made.tables.get(name))
    if wrong:
        raise Damaged(f"Tables that differ from the manifest: {', '.join(wrong)}")


def restore(path: Path, folder: Path) -> Backup:
    """Make the new data folder `folder` from a backup and return the backup it came from.

    The folder must not exist: beside an old -wal file SQLite would mix two databases. The company
    gets a new epoch, so that phones offer again what they sent since. Raises Damaged.
    """
    if folder.exists():
        raise Damaged(f"{folder} exists already: name a folder that does not")
    if path.suffix != ".sqlite3":
        raise Damaged(
            "A PostgreSQL dump goes into a new database: createdb, then pg_restore; copy the folder"
            " blobs beside it into the data folder"
        )
    made = verify(path)
    folder.mkdir(parents=True, mode=0o700)
    target = folder / FILE_NAME
    try:
        target.touch(mode=0o600)
        shutil.copyfile(path, target)
        _verify_rows(target, made)
        restore_blobs(made, folder)
        _begin_epoch(target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sync_folder(folder)
    sync_folder(folder.parent)
    return made


def _begin_epoch(target: Path) -> None:
    with closing(sqlite_module().connect(target)) as connection:
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=EXTRA")
        if connection.execute("SELECT 1 FROM pragma_table_list WHERE name='company'").fetchone():
            connection.execute("UPDATE company SET epoch = ?", (new_id(),))
    sync_file(target)
