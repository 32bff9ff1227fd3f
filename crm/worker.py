"""Does what is due without anybody asking: a thread of the server, or a machine of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from crm.company.queries import find_company
from crm.database import db
from crm.i18n import Locale
from crm.leads.routes import pass_on_unclaimed
from crm.leads.touches import settle_due
from crm.mail.automations import (
    nudge_quiet_customers,
    plan_follow_ups,
    send_cards,
    welcome_new_leads,
)
from crm.mail.bounces import read_bounces
from crm.mail.sending import send_waiting
from crm.stops.noticing import notice_crossings
from crm.tracking.bounds import prune_visitors
from crm.users.viewer import Viewer, system_viewer

log = logging.getLogger(__name__)
EVERY_SECONDS = 10.0
#: So few at a time that nobody who saves waits for it.
BATCH = 100

#: Each does at most so much in one short transaction and returns how much it was.
Job = Callable[[Viewer, int], int]
#: What is looked for, and every how many seconds.
JOBS: tuple[tuple[Job, float], ...] = (
    (settle_due, EVERY_SECONDS),
    (pass_on_unclaimed, 60),
    (notice_crossings, 60),
    (prune_visitors, 3600),
    (welcome_new_leads, EVERY_SECONDS),
    (plan_follow_ups, 60),
    (nudge_quiet_customers, 600),
    (send_cards, 600),
    (send_waiting, EVERY_SECONDS),
    (read_bounces, 300),
)


class Worker(threading.Thread):
    """Looks every ten seconds what is due; `stop` ends it after the batch at hand."""

    def __init__(self, context: Callable[[], AbstractContextManager[object]]) -> None:
        super().__init__(name="worker", daemon=True)
        self._context = context
        self._stopped = threading.Event()
        self._next = {job: 0.0 for job, _every in JOBS}

    def run(self) -> None:
        while not self._stopped.wait(EVERY_SECONDS):
            with self._context():
                self.run_due()

    def stop(self) -> None:
        """End the thread and wait for its transaction."""
        self._stopped.set()
        if self.is_alive():
            self.join(EVERY_SECONDS)

    def run_due(self) -> int:
        """Do all that is due, in the app's context; returns how much it was."""
        return sum(self._until_done(job, every) for job, every in JOBS)

    def _until_done(self, job: Job, every: float) -> int:
        """Do one job until nothing is left; one that fails keeps no other from its turn."""
        done, now = 0, time.monotonic()
        if now < self._next[job]:
            return 0
        try:
            actor = _actor()
            while actor and not self._stopped.is_set() and (some := job(actor, BATCH)):
                done += some
            self._next[job] = now + every
        except Exception:  # a thread that died would do nothing any more
            log.exception("%s is tried again in %s seconds", job.__name__, EVERY_SECONDS)
        finally:
            db.session.remove()
        return done


def _actor() -> Viewer | None:
    company = find_company()
    if company is None:
        return None
    locale = Locale(company.language, company.calendar, company.timezone, region=company.region)
    return system_viewer(locale, company.currency)
