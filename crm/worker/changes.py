"""Tells whether anybody wrote since the worker last looked: idle hours cost next to nothing."""

from __future__ import annotations

from typing import Any

from crm.database import db, is_sqlite


class Changes:
    """Counts how often somebody wrote between two looks, in whichever process.

    On PostgreSQL each look counts: to ask it would cost as much as looking for work. For one
    thread, which closes it.
    """

    def __init__(self) -> None:
        self.count = 0
        self._can_tell: bool | None = None
        self._connection: Any = None
        self._version: int | None = None

    def look(self) -> int:
        """Return the count as it is now. Only the first look needs the app's context."""
        if self._can_tell is None:
            self._can_tell = is_sqlite()
        if not self._can_tell:
            self.count += 1
            return self.count
        try:
            version = self._ask()
        except Exception:  # whoever looks for work finds out what is wrong
            self.close()
            version = None
        if version is None or version != self._version:
            self.count, self._version = self.count + 1, version
        return self.count

    def _ask(self) -> int:
        if self._connection is None:
            self._connection = db.engine.raw_connection()
            # Its own: SQLite counts for each connection what the others wrote.
            self._connection.detach()
        cursor = self._connection.cursor()
        return int(cursor.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
