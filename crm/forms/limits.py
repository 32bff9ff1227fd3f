"""How often a form is taken, from one network and in all.

Counted in this process, not in the database: a flood must cost the reps' captures no writes. Where
several processes serve, each lets through this much; that is still little.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock

from crm import clock, errors
from crm.i18n import _
from crm.tracking.beacons import cut_net

#: All of a fair's visitors share one network.
NETWORK_BURST, NETWORK_PER_MINUTE = 30, 15
FORM_BURST, FORM_PER_MINUTE = 200, 120
MOST_BUCKETS = 10_000


class Buckets:
    """Token buckets by key; the one used longest ago goes first when there are too many."""

    def __init__(self, burst: int, per_minute: int) -> None:
        self.burst, self.per_second = burst, per_minute / 60
        self._kept: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> bool:
        """Take one token; False where there is none."""
        now = clock.now()
        with self._lock:
            left, then = self._kept.pop(key, (float(self.burst), now))
            waited = max(0.0, (now - then).total_seconds())
            left = min(float(self.burst), left + waited * self.per_second)
            self._kept[key] = (left - 1 if left >= 1 else left, now)
            if len(self._kept) > MOST_BUCKETS:
                self._kept.popitem(last=False)
        return left >= 1


_networks = Buckets(NETWORK_BURST, NETWORK_PER_MINUTE)
_forms = Buckets(FORM_BURST, FORM_PER_MINUTE)


def refuse_flood(form_id: str, address: str | None) -> None:
    """Count one more submission of the form. Raises TooMany."""
    # The network first: who floods must not use up what the others have.
    if not (_networks.take(f"{form_id} {cut_net(address)}") and _forms.take(form_id)):
        raise errors.TooMany(_("Too many at once. Wait a minute, then send it again."), 60)
