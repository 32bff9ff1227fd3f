"""Photos and voice notes in the backups: each kept once beside them, and named by every manifest.

They never change once they are whole, so that an hourly backup copies only those of the last hour.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from crm.attachments.storage import BlobFiles
from crm.backup.contents import Damaged, tables_of
from crm.backup.kept import Backup, blobs_of, digest_of
from crm.database import is_id
from crm.durable import make_folder, sync_file, sync_folder

log = logging.getLogger(__name__)
_FRESH_SECONDS = 3600
_WHOLE = "SELECT id, sha256 FROM attachment WHERE state = 'complete'"


def whole_blobs(connection: Any) -> dict[str, str]:
    """Return the hash of each whole photo and voice note in a SQLite file, by its id."""
    if "attachment" not in tables_of(connection):
        return {}
    return dict(connection.execute(_WHOLE).fetchall())


def keep_blobs(source: Path, folder: Path, wanted: Mapping[str, str]) -> dict[str, str]:
    """Copy what is not yet beside the backups, and return what is there of what is wanted.

    One that is missing or spoiled stops no backup of the rest: it is logged, left out of the
    manifest, and the doctor names it.
    """
    live, kept = BlobFiles(source), BlobFiles(blobs_of(folder))
    there: dict[str, str] = {}
    for blob_id, sha256 in wanted.items():
        target = kept.path(blob_id)
        if target.is_file() or _copied(live.path(blob_id), target, sha256):
            there[blob_id] = sha256
        else:
            log.error("Not in the backup, for its file is missing or spoiled: %s", blob_id)
    return there


def _copied(source: Path, target: Path, sha256: str) -> bool:
    if not source.is_file():
        return False
    make_folder(target.parent)
    part = target.with_name(f".{target.name}.part")
    try:
        part.touch(mode=0o600)
        shutil.copyfile(source, part)
        if digest_of(part) != sha256:
            return False
        sync_file(part)
        part.rename(target)
        sync_folder(target.parent)
        return True
    finally:
        part.unlink(missing_ok=True)


def verify_blobs(made: Backup) -> None:
    """Compare each photo and voice note of a backup with its hash. Raises Damaged."""
    kept = BlobFiles(blobs_of(made.path.parent))
    for blob_id, sha256 in made.blobs.items():
        path = kept.path(blob_id) if is_id(blob_id) else None
        if path is None or not path.is_file():
            raise Damaged(f"The photo or voice note {blob_id} is missing beside the backup")
        if digest_of(path) != sha256:
            raise Damaged(f"The photo or voice note {blob_id} is not what it was: bytes differ")


def restore_blobs(made: Backup, data_dir: Path) -> None:
    """Bring a backup's photos and voice notes into a new data folder. Raises Damaged."""
    kept, live = BlobFiles(blobs_of(made.path.parent)), BlobFiles(data_dir / "blobs")
    for blob_id, sha256 in made.blobs.items():
        if not _copied(kept.path(blob_id), live.path(blob_id), sha256):
            raise Damaged(f"The photo or voice note {blob_id} did not come back whole")


def prune_blobs(folder: Path, backups: Iterable[Backup], now: datetime) -> None:
    """Delete what no backup that is kept names: what was erased is gone from here as well.

    What was copied in the last hour stays: another backup may be about to name it.
    """
    named = {blob_id for backup in backups for blob_id in backup.blobs}
    for path in blobs_of(folder).glob("*/*"):
        with suppress(FileNotFoundError):
            if path.name not in named and now.timestamp() - path.stat().st_mtime > _FRESH_SECONDS:
                path.unlink()
