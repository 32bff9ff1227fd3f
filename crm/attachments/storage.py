"""The bytes of photos and voice notes, in the data folder, under their ids."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from io import BufferedRandom
from pathlib import Path
from typing import Any

from crm.attachments.rules import HEAD, DiskFull, Spoiled
from crm.database import is_id
from crm.durable import make_folder, sync_folder
from crm.i18n import _

#: What a photo must leave free on the disk, so that captures can still be written.
LEAST_FREE = 300_000_000
PART = ".part"


def blob_folder(config: Mapping[str, Any]) -> Path:
    """Return the folder of photos and voice notes; `config` is the app's."""
    return Path(config["DATA_DIR"]) / "blobs"


class BlobFiles:
    """A folder of blobs: whole ones by their ids, and beside them what is still coming."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, blob_id: str) -> Path:
        """Return where the whole file stands or will stand."""
        return self.folder / _checked(blob_id)[-2:] / blob_id

    def _part(self, blob_id: str) -> Path:
        return self.folder / PART / _checked(blob_id)

    def is_here(self, blob_id: str) -> bool:
        """Tell whether the whole file is there."""
        return self.path(blob_id).is_file()

    def received(self, blob_id: str) -> int:
        """Return how many bytes are here."""
        for path in (self.path(blob_id), self._part(blob_id)):
            if path.is_file():
                return path.stat().st_size
        return 0

    def add(self, blob_id: str, start: int, data: bytes, size: int) -> int:
        """Write bytes from `start` on, and return how many are here now.

        What is here already is not written again, and what would leave a gap is not written at
        all: the answer says where to go on. Raises DiskFull.
        """
        if self.is_here(blob_id):
            return self.received(blob_id)
        make_folder(self._part(blob_id).parent)
        if shutil.disk_usage(self.folder).free - size < LEAST_FREE:
            raise DiskFull(_("The server's disk is nearly full. It stays on this phone for now."))
        with self._coming(blob_id) as file:
            if self.is_here(blob_id):  # another delivery was the last
                self._part(blob_id).unlink()
                return self.received(blob_id)
            here = os.fstat(file.fileno()).st_size
            if start <= here < start + len(data):
                file.seek(here)
                file.write(data[here - start :])
                here = start + len(data)
        return here

    def finish(self, blob_id: str, sha256: str) -> bytes:
        """Give the whole file its name if its hash is right, and return its first bytes.

        Raises Spoiled, with what came forgotten.
        """
        whole, part = self.path(blob_id), self._part(blob_id)
        make_folder(whole.parent)
        with self._coming(blob_id) as file:
            if whole.is_file():  # another delivery was the last
                part.unlink()
                with whole.open("rb") as named:
                    return named.read(HEAD)
            head = file.read(HEAD)
            file.seek(0)
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                part.unlink()
                raise Spoiled(_("What arrived is not what was sent. It will be sent anew."))
            os.fsync(file.fileno())
            part.rename(whole)
        sync_folder(whole.parent)
        return head

    @contextmanager
    def _coming(self, blob_id: str) -> Iterator[BufferedRandom]:
        """Yield the file that still comes, empty at first: deliveries of one blob take turns.

        Whoever waited here may hold a file that has got its name or is gone since: he looks again.
        """
        part = self._part(blob_id)
        while True:
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if _is_at(file, part):
                    yield file
                    return

    def remove(self, blob_id: str) -> None:
        """Take away what is here of it."""
        for path in (self.path(blob_id), self._part(blob_id)):
            path.unlink(missing_ok=True)

    def older_than(self, moment: datetime) -> Iterator[str]:
        """Yield the ids of all files, whole and coming ones, that nothing was written to since."""
        for path in self.folder.glob("*/*"):
            if is_id(path.name) and path.stat().st_mtime <= moment.timestamp():
                yield path.name


def _is_at(file: BufferedRandom, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False


def _checked(blob_id: str) -> str:
    if not is_id(blob_id):  # the id becomes a path
        raise ValueError(blob_id)
    return blob_id
