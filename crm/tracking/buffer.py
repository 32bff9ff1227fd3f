"""Holds what visitors do for a second, so that a page view never waits for the database."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from crm.database import is_transient
from crm.tracking.beacons import Seen

log = logging.getLogger(__name__)
EVERY_SECONDS = 1.0
#: A transaction so short that a capture does not notice it.
BATCH = 100
#: Before each of them, so that a capture meets one of them at most.
PAUSE_SECONDS = 0.04
MOST_WAITING = 20_000


class Buffer:
    """A bounded queue, and a thread that begins with the first touch and writes each second.

    Where it is full, page views are dropped before anything that says more.
    """

    def __init__(self, write: Callable[[Sequence[Seen]], None], *, by_itself: bool = True) -> None:
        self._write, self._by_itself = write, by_itself
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._pages: deque[Seen] = deque()
        self._others: deque[Seen] = deque()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._pages) + len(self._others)

    def add(self, seen: Iterable[Seen]) -> None:
        """Take touches in; returns at once."""
        with self._lock:
            for one in seen:
                self._take(one)
            if self._by_itself and self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="visitors", daemon=True)
                self._thread.start()

    def _take(self, one: Seen) -> None:
        if len(self) >= MOST_WAITING:
            if one.signal == "page" or not self._pages:
                return
            self._pages.popleft()
        (self._pages if one.signal == "page" else self._others).append(one)

    def _run(self) -> None:
        while not self._stopped.wait(EVERY_SECONDS):
            self.flush(PAUSE_SECONDS)

    def flush(self, pause: float = 0.0) -> None:
        """Write what waits, with so many seconds before each batch.

        Where the database is busy it waits for the next time.
        """
        with self._turn:
            while batch := self._next():
                self._stopped.wait(pause)
                try:
                    self._write(batch)
                except Exception as error:  # a thread that died would write no more
                    log.exception("%s touches of visitors were not written", len(batch))
                    if is_transient(error):
                        self.add(batch)
                    return

    def _next(self) -> list[Seen]:
        with self._lock:
            batch: list[Seen] = []
            for waiting in (self._others, self._pages):
                while waiting and len(batch) < BATCH:
                    batch.append(waiting.popleft())
            return batch

    def stop(self) -> None:
        """Write what waits and end the thread; no other one begins."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()
