"""Does what is due without anybody asking: a thread of the server, or a machine of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from crm.alerts.deciding import decide_alerts, make_digests
from crm.alerts.pruning import prune_alerts
from crm.calendars.jobs import fetch_due_calendars
from crm.company.queries import find_company
from crm.database import db
from crm.i18n import Locale
from crm.leads.routes import pass_on_unclaimed
from crm.leads.touches import settle_due
from crm.mail.alerts import send_alerts
from crm.mail.automations import (
    nudge_quiet_customers,
    plan_follow_ups,
    send_cards,
    welcome_new_leads,
)
from crm.mail.bounces import read_bounces
from crm.mail.sending import send_waiting
from crm.push.commands import forget_ended
from crm.reactions.customers_days import tell_customers_days
from crm.reactions.due import tell_meetings_ahead, tell_meetings_over, tell_promises
from crm.reactions.entries import follow_entries
from crm.reactions.escalation import escalate
from crm.reactions.mornings import tell_days_promises, tell_overdue, tell_quiet_deals
from crm.reactions.noticing import forget_noticed
from crm.reactions.waiting import tell_waiting_leads
from crm.stops.noticing import notice_crossings
from crm.tracking.bounds import prune_visitors
from crm.users.viewer import Viewer, system_viewer
from crm.worker.changes import Changes
from crm.worker.pushes import send_pushes

log = logging.getLogger(__name__)
#: So often the jobs look, all together, where nobody wrote anything: what only the clock makes due
#: waits no longer.
IDLE_SECONDS = 30.0
#: After this a job that failed is tried again, and so long a stop waits for the thread.
RETRY_SECONDS = 10.0
#: So few at a time that nobody who saves waits for it.
BATCH = 100

#: Each does at most so much in one short transaction and returns how much it was.
Job = Callable[[Viewer, int], int]
Jobs = tuple[tuple[Job, float], ...]
#: What is looked for, and every how many seconds.
JOBS: Jobs = (
    (follow_entries, 1),
    (decide_alerts, 1),
    (settle_due, 10),
    (escalate, 15),
    (tell_meetings_ahead, 20),
    (tell_meetings_over, 20),
    (tell_promises, 20),
    (forget_ended, 60),
    (pass_on_unclaimed, 60),
    (make_digests, 60),
    (tell_waiting_leads, 60),
    (tell_days_promises, 60),
    (tell_overdue, 60),
    (tell_quiet_deals, 600),
    (tell_customers_days, 600),
    (notice_crossings, 60),
    (welcome_new_leads, 10),
    (plan_follow_ups, 60),
    (nudge_quiet_customers, 600),
    (send_cards, 600),
    (prune_visitors, 3600),
    (forget_noticed, 3600),
    (prune_alerts, 3600),
)
#: What speaks to phones, and to servers that may be slow: each in a thread of its own, so that a
#: mail server that hangs keeps no hot lead waiting.
PUSHES: Jobs = ((send_pushes, 1),)
LETTERS: Jobs = (
    (send_alerts, 5),
    (send_waiting, 5),
    (fetch_due_calendars, 10),
    (read_bounces, 300),
)
ALL = (JOBS, PUSHES, LETTERS)


class Worker(threading.Thread):
    """Looks at the pace of its quickest job what is due; `stop` ends it after the batch at hand."""

    def __init__(
        self, context: Callable[[], AbstractContextManager[object]], jobs: Jobs = JOBS
    ) -> None:
        super().__init__(name=f"worker: {jobs[0][0].__name__}", daemon=True)
        self._context = context
        self._stopped = threading.Event()
        self._jobs = jobs
        self._tick = min(every for _job, every in jobs)
        self._changes = Changes()
        self._next = {job: 0.0 for job, _every in jobs}
        self._seen: dict[Job, int] = {}
        self._beat = 0.0

    def run(self) -> None:
        with self._context():
            self._changes.look()
        while not self._stopped.wait(self._tick):
            if self._due():
                with self._context():
                    self.run_due()
        self._changes.close()

    def stop(self) -> None:
        """End the thread and wait for its transaction."""
        self._stopped.set()
        if self.is_alive():
            self.join(RETRY_SECONDS)

    def run_due(self) -> int:
        """Do all that is due, in the app's context; returns how much it was."""
        due, written, now = self._due(), self._changes.count, time.monotonic()
        if now >= self._beat:
            self._beat = now + IDLE_SECONDS
        try:
            actor = _actor() if due else None
        except Exception:  # a thread that died would do nothing any more
            log.exception("the worker looks again in %s seconds", RETRY_SECONDS)
            self._next = dict.fromkeys(self._next, now + RETRY_SECONDS)
            return 0
        finally:
            db.session.remove()
        return sum(self._until_done(actor, job, every, written) for job, every in due)

    def _due(self) -> list[tuple[Job, float]]:
        """Return the jobs whose turn it is: something was written since they looked, or so long
        ago was the last beat that the clock may have made something due."""
        written, now = self._changes.look(), time.monotonic()
        beats = now >= self._beat
        return [
            (job, every)
            for job, every in self._jobs
            if now >= self._next[job] - beats and (beats or self._seen.get(job) != written)
        ]

    def _until_done(self, actor: Viewer | None, job: Job, every: float, written: int) -> int:
        """Do one job until nothing is left; one that fails keeps no other from its turn."""
        done, now = 0, time.monotonic()
        try:
            while actor and not self._stopped.is_set() and (some := job(actor, BATCH)):
                done += some
            self._next[job], self._seen[job] = now + every, written
        except Exception:  # a thread that died would do nothing any more
            log.exception("%s is tried again in %s seconds", job.__name__, RETRY_SECONDS)
            self._next[job] = now + RETRY_SECONDS
            self._seen.pop(job, None)
        finally:
            db.session.remove()
        return done


def _actor() -> Viewer | None:
    company = find_company()
    if company is None:
        return None
    locale = Locale(company.language, company.calendar, company.timezone, region=company.region)
    return system_viewer(locale, company.currency)
