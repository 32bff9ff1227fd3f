"""Backs the SQLite file up every hour, inside the server, while it serves."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from pathlib import Path

from crm import clock
from crm.backup.kept import newest_in
from crm.backup.make import make_backup

log = logging.getLogger(__name__)
EVERY = timedelta(hours=1)
AFTER_A_FAILURE = timedelta(minutes=10)
#: The first one leaves a server that was just started time for those who wait for it.
AT_LEAST = timedelta(minutes=1)


class Hourly(threading.Thread):
    """A thread that sleeps until the next backup is due; `stop` ends it at once."""

    def __init__(self, source: Path, folder: Path, blobs: Path) -> None:
        super().__init__(name="hourly-backup", daemon=True)
        self.source, self.folder, self.blobs = source, folder, blobs
        self._stopped = threading.Event()

    def run(self) -> None:
        wait = max(self.until_due(), AT_LEAST)
        while not self._stopped.wait(wait.total_seconds()):
            wait = self.back_up()

    def stop(self) -> None:
        """End the thread; a backup that is being made is finished by its own next start."""
        self._stopped.set()

    def until_due(self) -> timedelta:
        """Return how long it is until an hour after the last backup."""
        last = newest_in(self.folder)
        return last.made_at + EVERY - clock.now() if last else timedelta(0)

    def back_up(self) -> timedelta:
        """Make one; return how long to wait for the next. A failure is logged and tried again."""
        try:
            made = make_backup(self.source, self.folder, self.blobs)
        except Exception:  # a thread that died would make no more backups
            log.exception("The hourly backup failed; the next try is in ten minutes")
            return AFTER_A_FAILURE
        log.info("Backed up to %s", made.path.name)
        return EVERY
