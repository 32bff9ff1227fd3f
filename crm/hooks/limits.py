"""How much one source may send: counted in this process, so that a flood costs no write."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(minutes=1)


class Limit:
    """At most so many in a minute for each key."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._counts: dict[str, tuple[datetime, int]] = {}
        self._lock = Lock()

    def is_over(self, key: str, now: datetime) -> bool:
        """Count one, and say whether it is one too many."""
        with self._lock:
            since, count = self._counts.get(key, (now, 0))
            if not timedelta(0) <= now - since < WINDOW:
                since, count = now, 0
            self._counts[key] = (since, count + 1)
            return count >= self.most


#: By hook: what is genuine, and what is not (which then is not even counted).
GENUINE, FORGED = Limit(600), Limit(60)
