"""Makes a backup of a live SQLite file: copy, sync, verify, and only then give it its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from crm import clock
from crm.backup.blobs import keep_blobs, prune_blobs, whole_blobs
from crm.backup.contents import Damaged, check, contents_of, counts_of, open_read_only, schema_of
from crm.backup.kept import Backup, digest_of, manifest_of, prune
from crm.database import is_wal_safe, sqlite_module
from crm.durable import make_folder, sync_folder, write_durably

#: 8 MB at a time reach the disk, so that a phone's commit never waits for the whole copy.
_PAGES_AT_ONCE = 2048


def make_backup(source: Path, folder: Path, blobs: Path, reason: str = "hourly") -> Backup:
    """Back a live SQLite file up into `folder`, with the photos and voice notes out of the folder
    `blobs`, and return the verified backup.

    Nothing bears a backup's name before it was opened and found whole. Raises Damaged when it was
    not, OSError when the disk refuses. Older ones are pruned afterwards.
    """
    make_folder(folder)
    now = clock.now()
    path = folder / f"hamrah-{now:%Y%m%dT%H%M%S}-{reason}.sqlite3"
    part = folder / f".{path.name}.part"
    try:
        counted = _copy(source, part)
        with closing(open_read_only(part)) as copy:
            check(copy)
            tables, schema, wanted = contents_of(copy), schema_of(copy), whole_blobs(copy)
        if counted and counted != {name: table["rows"] for name, table in tables.items()}:
            raise Damaged("The copy does not hold the rows that the original does")
        along = keep_blobs(blobs, folder, wanted)
        size, digest = part.stat().st_size, digest_of(part)
        made = Backup(path, now, size, digest, schema, reason, tables, along)
        write_durably(part.with_suffix(".part-json"), made.to_json())
        part.rename(path)
        part.with_suffix(".part-json").rename(manifest_of(path))
        sync_folder(folder)
    finally:
        part.unlink(missing_ok=True)
    prune_blobs(folder, prune(folder, now), now)
    return made


def _copy(source: Path, target: Path) -> dict[str, int]:
    """Copy one instant of the live file; return its rows by table, where that can be told."""
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    module = sqlite_module()
    with (
        closing(module.connect(f"file:{source}?mode=rw", uri=True)) as live,
        closing(module.connect(target)) as copy,
        _synced(target) as sync,
    ):
        live.isolation_level = copy.isolation_level = None
        live.execute("PRAGMA busy_timeout=10000")
        copy.execute("PRAGMA synchronous=OFF")
        counted: dict[str, int] = {}
        if is_wal_safe(tuple(module.sqlite_version_info)):
            # A reader of a WAL file keeps its instant and stops no writer. Without WAL it would
            # stop them all: there the copy begins anew when somebody writes.
            live.execute("BEGIN")
            counted = counts_of(live)
        live.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda *_: sync(), sleep=0.05)
        copy.execute("PRAGMA journal_mode=DELETE")
    return counted


@contextmanager
def _synced(path: Path) -> Iterator[Any]:
    descriptor = os.open(path, os.O_RDWR)
    try:
        yield lambda: os.fdatasync(descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
