"""Which backups there are, each with its manifest beside it, and how long each is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

HOURLY, DAILY, WEEKLY = 24, 7, 4
#: Nothing is kept longer, so that what was erased is gone from the backups too.
LONGEST = timedelta(days=35)
#: Past this somebody should look why there is none.
OLDEST_BACKUP = timedelta(hours=26)
_CUT_SHORT_SECONDS = 3600


@dataclass(frozen=True)
class Backup:
    """One backup and what its manifest says; `tables` maps a table to its rows and their hash.

    `blobs` maps a photo or voice note, kept in `blobs_of` its folder, to its hash.
    """

    path: Path
    made_at: datetime
    size: int
    sha256: str
    schema: str
    reason: str = "hourly"
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    blobs: dict[str, str] = field(default_factory=dict)

    @property
    def manifest(self) -> Path:
        return manifest_of(self.path)

    def to_json(self) -> str:
        """Return the manifest's text."""
        said = asdict(self) | {"path": self.path.name, "made_at": self.made_at.isoformat()}
        return json.dumps(said, indent=1, sort_keys=True) + "\n"


def manifest_of(path: Path) -> Path:
    """Return where the manifest of a backup stands: beside it, under the same name."""
    return path.with_name(f"{path.name}.json")


def blobs_of(folder: Path) -> Path:
    """Return where a folder of backups keeps photos and voice notes."""
    return folder / "blobs"


def backup_folder(config: Mapping[str, Any]) -> Path:
    """Return the folder of the backups: BACKUP_DIR, else `backups` in the data folder."""
    given = config.get("BACKUP_DIR")
    return Path(given) if given else Path(config["DATA_DIR"]) / "backups"


def read_manifest(path: Path) -> Backup | None:
    """Return what is known of the backup at `path`, or None without a readable manifest."""
    try:
        said = json.loads(manifest_of(path).read_text())
        made_at = datetime.fromisoformat(said["made_at"])
        return Backup(**said | {"path": path, "made_at": made_at})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def list_backups(folder: Path) -> list[Backup]:
    """Return the verified backups in a folder, the newest first."""
    found = (read_manifest(path.with_suffix("")) for path in folder.glob("hamrah-*.json"))
    there = [backup for backup in found if backup is not None and backup.path.exists()]
    return sorted(there, key=lambda backup: backup.made_at, reverse=True)


def newest_in(folder: Path) -> Backup | None:
    """Return the newest verified backup in a folder, or None.

    By the names: each manifest names every photo there is, and all of them are much to read.
    """
    for path in sorted(folder.glob("hamrah-[0-9]*.json"), reverse=True):
        backup = read_manifest(path.with_suffix(""))
        if backup is not None and backup.path.exists():
            return backup
    return None


def last_backup(config: Mapping[str, Any]) -> Backup | None:
    """Return the newest verified backup, or None before the first; `config` is the app's."""
    return newest_in(backup_folder(config))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_keep(backups: Iterable[Backup], now: datetime) -> set[Path]:
    """Return which to keep: the newest of each of 24 hours, 7 days and 4 weeks that have one."""
    kept: set[Path] = set()
    young = sorted(
        (b for b in backups if now - b.made_at <= LONGEST), key=lambda b: b.made_at, reverse=True
    )
    for most, bucket in ((HOURLY, "%Y-%m-%dT%H"), (DAILY, "%Y-%m-%d"), (WEEKLY, "%G-%V")):
        newest: dict[str, Path] = {}
        for backup in young:
            newest.setdefault(backup.made_at.strftime(bucket), backup.path)
        kept |= set(list(newest.values())[:most])
    return kept


def prune(folder: Path, now: datetime) -> list[Backup]:
    """Delete what need not be kept, and pieces of backups that were cut short; return the rest."""
    backups = list_backups(folder)
    kept = to_keep(backups, now)
    for backup in backups:
        if backup.path not in kept:
            # The manifest goes first: without it the file no longer counts as a backup.
            backup.manifest.unlink(missing_ok=True)
            backup.path.unlink(missing_ok=True)
    for piece in folder.glob(".hamrah-*.part*"):
        with suppress(OSError):
            if now.timestamp() - piece.stat().st_mtime > _CUT_SHORT_SECONDS:
                piece.unlink()
    return [backup for backup in backups if backup.path in kept]
