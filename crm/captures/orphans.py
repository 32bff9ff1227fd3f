"""Takes away uploads that no capture ever named; above both, because the ledger says which did."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from crm import clock
from crm.attachments.commands import forget_blobs
from crm.attachments.queries import known_blobs, orphans
from crm.attachments.storage import BlobFiles
from crm.captures.models import Capture
from crm.database import db
from crm.durable import make_folder
from crm.users.viewer import Viewer

#: A phone that was away so long may still send the capture that names a photo.
KEPT = timedelta(days=30)
EVERY = timedelta(days=1)
_SWEPT = ".swept"


def sweep_blobs(viewer: Viewer, folder: Path) -> None:
    """Once a day take away uploads that are 30 days old and named by no capture, also none that
    was refused and may be mended; and files as old that no row knows. Younger ones may be known
    again: after a restore the phones send anew what the backup does not have.
    """
    marker, now = folder / _SWEPT, clock.now()
    if marker.exists() and now.timestamp() - marker.stat().st_mtime < EVERY.total_seconds():
        return
    make_folder(folder)
    marker.touch()
    os.utime(marker, (now.timestamp(), now.timestamp()))
    files = BlobFiles(folder)
    doomed = _unnamed(orphans(now - KEPT))
    if doomed:
        forget_blobs(viewer, doomed)
    known = known_blobs()
    for blob_id in list(files.older_than(now - KEPT)):
        if blob_id not in known:
            files.remove(blob_id)


def _unnamed(ids: list[str]) -> list[str]:
    """Return those that stand in no body that the ledger keeps."""
    if not ids:
        return []
    kept = db.session.scalars(select(Capture.body).where(Capture.body.is_not(None)))
    named = "".join(json.dumps(body.get("blobs")) for body in kept if body and body.get("blobs"))
    return [blob_id for blob_id in ids if blob_id not in named]
