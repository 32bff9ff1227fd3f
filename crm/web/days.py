"""The cards of days that count: what is told of a customer's day, and a text to write by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from crm.accounts.anniversaries import CustomersDay, DayKind, days_of, days_of_mine
from crm.accounts.greetings import language_of, said_of, suggested_text
from crm.activities.queries import written_to
from crm.company.holidays import days_off, is_working_day, previous_working_day, told_on
from crm.company.queries import get_company
from crm.database import new_id
from crm.i18n import _, formatting, ngettext
from crm.users.viewer import Viewer

_DAY = timedelta(days=1)
#: No run of days off is longer: a record's own dates are first looked at so far ahead.
_AHEAD = 15
#: Stands for the name while a sentence is made; the page isolates the name there.
_NAME = "\0"


@dataclass(frozen=True)
class DayCard:
    """A day as templates/today/_day.html takes it."""

    id: str
    #: The sentence before the customer's name and after it.
    before: str
    name: str
    after: str
    url: str
    #: Whom the text is logged to, as the capture sheet calls him.
    who: str
    phone: str | None
    text: str
    language: str
    #: A new id each time: sent twice it is the same message.
    capture_id: str


@dataclass(frozen=True)
class DayRow:
    """A day that is told tomorrow, as a row of Today."""

    kind: str
    title: str
    reason: str
    url: str
    phone: str | None


def days_today(me: Viewer, today: date) -> tuple[list[DayCard], list[DayRow]]:
    """Return the cards of the viewer's own customers' days that he hears of today, and rows for
    what else comes tomorrow. Whom he has written to has left."""
    told = _Told(today)
    found = told.unwritten(me, days_of_mine(me, {*told.days, today + _DAY}))
    return (
        [_card(me, one, today) for one in found if one.day in told.days],
        [_row(one) for one in found if one.day not in told.days],
    )


def day_of_record(me: Viewer, record: Any, today: date) -> DayCard | None:
    """Return the card for the page of an account or contact, on the day it is told."""
    ahead = [today + n * _DAY for n in range(_AHEAD)]
    found = [] if record.archived_at else days_of(record, ahead, me.locale.calendar)
    if not found:
        return None
    told = _Told(today)
    cards = told.unwritten(me, [one for one in found if one.day in told.days])
    return _card(me, cards[0], today) if cards else None


class _Told:
    """The days one hears of today, and since when one could have written."""

    def __init__(self, today: date) -> None:
        company = get_company()
        self._week = (company.working_days, days_off(company))
        self.days = told_on(*self._week, today)

    def unwritten(self, me: Viewer, found: Collection[CustomersDay]) -> list[CustomersDay]:
        if not found:
            return []
        since = {day: self._since(me, day) for day in {one.day for one in found}}
        written = written_to(me, min(since.values()))
        return [
            one
            for one in found
            if one.record_id not in written or written[one.record_id] < since[one.day]
        ]

    def _since(self, me: Viewer, day: date) -> datetime:
        if not is_working_day(*self._week, day):
            day = previous_working_day(*self._week, day) or day
        return formatting.day_bounds(day, me.locale.tz)[0]


def _card(me: Viewer, one: CustomersDay, today: date) -> DayCard:
    before, _sep, after = said_of(one, today, _NAME).partition(_NAME)
    return DayCard(
        id=f"day-{one.kind.value}-{one.record_id}",
        before=before,
        name=one.name,
        after=after,
        url=f"/{one.record}s/{one.record_id}",
        who=f"{one.record}:{one.record_id}",
        phone=one.phones[0]["value"] if one.phones else None,
        text=suggested_text(one, me.name),
        language=language_of(one),
        capture_id=new_id(),
    )


def _row(one: CustomersDay) -> DayRow:
    if one.kind == DayKind.BIRTHDAY:
        what = _("Birthday")
    elif one.kind == DayKind.CUSTOMER_SINCE:
        what = ngettext("%(num)s year as a customer", "%(num)s years as a customer", one.years)
    elif one.days_left:
        what = ngettext(
            "Contract ends in %(num)s day", "Contract ends in %(num)s days", one.days_left
        )
    else:
        what = _("Contract ends")
    reason = _("%(when)s: %(what)s", when=_("Tomorrow"), what=what)
    phone = one.phones[0]["value"] if one.phones else None
    return DayRow(one.kind.value, one.name, reason, f"/{one.record}s/{one.record_id}", phone)
