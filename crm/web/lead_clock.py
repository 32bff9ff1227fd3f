"""Says in words how much time is left to answer a lead, and how fast people were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crm import clock
from crm.company.queries import get_company
from crm.i18n import _, formatting, ngettext
from crm.leads.models import Heat
from crm.leads.routes import minutes_left, own_deadline, working_hours
from crm.leads.speed import Speed

HOUR = 60


@dataclass(frozen=True)
class LeadClock:
    """The card of a lead that waits for an answer."""

    title: str
    rule: str
    is_late: bool
    #: Where its owner got it later: until when it is for him.
    own: str = ""


def clock_of(lead: Any) -> LeadClock | None:
    """Return the card of a hot or warm lead that came by itself and that nobody answered yet."""
    left = minutes_left(lead, clock.now())
    if left is None or lead.heat == Heat.COLD:
        return None
    company = get_company()
    within = company.reply_within_minutes
    rule = (
        _("Team rule: reply within the hour")
        if within == HOUR
        else _("Team rule: reply within %(time)s", time=lasting(within))
    )
    own = _own(lead, company)
    if left < 0:
        return LeadClock(_("%(time)s late: call now", time=lasting(-left)), rule, True, own)
    if left > _FAR:
        due = formatting.due(lead.reply_by, clock.now())
        return LeadClock(_("Call: %(due)s", due=due), rule, False, own)
    return LeadClock(_("Call within %(time)s", time=lasting(left)), rule, False, own)


def _own(lead: Any, company: Any) -> str:
    """Return its owner's own time in words, where that is another than what was promised."""
    now, hours = clock.now(), working_hours(company)
    until = own_deadline(lead.reply_by, lead.given_at, hours, company.reply_within_minutes)
    if until - lead.reply_by < _SAME:
        return ""
    said = {"ago": formatting.ago(lead.given_at, now), "due": formatting.due(until, now)}
    return _("Its owner got it %(ago)s: for them %(due)s", **said)


#: What is due after a night is said by its time of day, not in minutes.
_FAR = 3 * HOUR
#: The first one has a lead a moment after it came.
_SAME = timedelta(minutes=1)


def lasting(minutes: int) -> str:
    """Return «40 minutes», «3 hours», «2 days»: in the largest unit that says enough."""
    if minutes < 2 * HOUR:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    if minutes < 48 * HOUR:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // HOUR)
    return formatting.days(minutes // (24 * HOUR))


def speed_words(speed: Speed) -> str:
    """Return how fast somebody answers: «Answers in 12 minutes · 80% in time»."""
    share = _("%(share)s in time", share=formatting.percent(100 * speed.in_time / speed.due))
    if speed.minutes is None:
        return share
    return _("Answers in %(time)s", time=lasting(speed.minutes)) + " · " + share
