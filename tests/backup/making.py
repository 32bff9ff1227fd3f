"""A backup of a data folder as it is: the photos beside the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crm.backup.kept import Backup
from crm.backup.make import make_backup


def back_up(live: Path, folder: Path, **more: Any) -> Backup:
    """Back the file `live` up into `folder`, with the photos that stand beside it."""
    return make_backup(live, folder, live.parent / "blobs", **more)
