"""How much one network may send: counted in memory, by networks cut so that they name no one."""

from __future__ import annotations

import threading
from collections import OrderedDict

#: So many at once, and so many a second for good: a whole office, or a phone company's one address.
BURST, A_SECOND = 1000.0, 200.0
MOST_NETS = 10_000


class Buckets:
    """A bucket a network, filled again by time; those not asked for longest are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, net: str, now: float) -> bool:
        """Whether this network may send one more; `now` in seconds."""
        with self._lock:
            left, before = self._left.pop(net, (BURST, now))
            left = min(BURST, left + max(now - before, 0) * A_SECOND)
            self._left[net] = (max(left - 1, 0), now)
            if len(self._left) > MOST_NETS:
                self._left.popitem(last=False)
        return left >= 1
