"""What to know before a meeting: the last contacts, what is promised, a birthday near."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.accounts.anniversaries import years_between
from crm.accounts.models import Contact
from crm.activities.models import OUTCOMES, Activity
from crm.activities.naming import kind_label
from crm.database import db
from crm.i18n import _, formatting, ngettext
from crm.i18n.jalali import add_years
from crm.reactions.news import part_of
from crm.timeline.models import TimelineEntry
from crm.users.ownership import may_see, sees
from crm.users.viewer import Viewer

MOST = 3
#: As far back as the line of an alert looks.
_RECENT = timedelta(days=365)
_BIRTHDAY_NEAR = timedelta(days=7)
_DONE = ("activity.logged", "activity.completed", "activity.corrected")
_LINKS = ("contact_id", "lead_id", "account_id", "deal_id")
_ROW = (
    Activity.id,
    Activity.kind,
    Activity.subject,
    Activity.note,
    Activity.outcome,
    Activity.due_at,
    Activity.has_time,
    Activity.done_at,
    Activity.owner_id,
    Activity.team_id,
    *(getattr(Activity, link) for link in _LINKS),
)


@dataclass
class Brief:
    """`contacts`: the last three; `promises`: what is open besides the meeting itself."""

    contacts: list[Any] = field(default_factory=list)
    promises: list[Any] = field(default_factory=list)
    #: The day on which the person has his birthday, if that is within a week.
    birthday: date | None = None


def brief_of(viewer: Viewer, meeting: Any) -> Brief:
    """Return what one viewer may know before a meeting that he sees."""
    link, record_id = _about(meeting)
    if link is None:
        return Brief()
    contacts = db.session.execute(
        _contacts(link, [record_id]).where(may_see(Activity, viewer)).limit(MOST)
    ).all()
    promises = db.session.execute(
        _promises(link, [record_id])
        .where(may_see(Activity, viewer), Activity.id != meeting.id)
        .limit(MOST)
    ).all()
    born = db.session.scalars(
        select(Contact.birthday).where(Contact.id == meeting.contact_id, may_see(Contact, viewer))
    ).first()
    return Brief(list(contacts), list(promises), _birthday_near(born, viewer))


def brief_lines(meetings: Sequence[Any]) -> Callable[[Any, Viewer], str]:
    """Return what says the brief of each meeting in a line, read for all of them at once."""
    ids: dict[str, list[str]] = defaultdict(list)
    for meeting in meetings:
        link, record_id = _about(meeting)
        if link:
            ids[link].append(record_id)
    done: dict[str, list[Any]] = defaultdict(list)
    open_ones: dict[str, list[Any]] = defaultdict(list)
    since = clock.now() - _RECENT
    for link, wanted in ids.items():
        for row in db.session.execute(_contacts(link, wanted).where(TimelineEntry.at > since)):
            done[getattr(row, link)].append(row)
        for row in db.session.execute(_promises(link, wanted)):
            open_ones[getattr(row, link)].append(row)

    def line(meeting: Any, reader: Viewer) -> str:
        _link, about = _about(meeting)
        contacts = [row for row in done[about] if sees(reader, row)][:MOST]
        promises = [r for r in open_ones[about] if r.id != meeting.id and sees(reader, r)]
        contact = part_of(meeting, "contact")
        born = meeting.birthday if contact and sees(reader, contact) else None
        return " · ".join(_said(contacts, promises, _birthday_near(born, reader)))

    return line


def _about(meeting: Any) -> tuple[str | None, str]:
    """Return the nearest record that a meeting is about: the person first."""
    found = ((link, getattr(meeting, link)) for link in _LINKS)
    return next(((link, value) for link, value in found if value), (None, ""))


def _contacts(link: str, ids: Iterable[str]) -> Any:
    """What was done with these, the latest first; found by their history, which has an index."""
    return (
        select(*_ROW)
        .join(TimelineEntry, TimelineEntry.activity_id == Activity.id)
        .where(getattr(TimelineEntry, link).in_(list(ids)), TimelineEntry.kind.in_(_DONE))
        .where(getattr(Activity, link).is_not(None), Activity.done_at.is_not(None))
        .where(Activity.withdrawn_at.is_(None), Activity.superseded_by_id.is_(None))
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
    )


def _promises(link: str, ids: Iterable[str]) -> Any:
    column = getattr(Activity, link)
    return (
        select(*_ROW)
        .where(column.in_(list(ids)), Activity.done_at.is_(None), Activity.archived_at.is_(None))
        .order_by(Activity.due_at)
    )


def _said(contacts: Sequence[Any], promises: Sequence[Any], birthday: date | None) -> list[str]:
    parts = [contact_words(row) for row in contacts[:1]]
    if promises:
        parts.append(ngettext("%(num)s open promise", "%(num)s open promises", len(promises)))
    if birthday:
        parts.append(birthday_words(birthday))
    return parts


def contact_words(row: Any) -> str:
    """Return what was done and when: «Call: Interested, 3 days ago»."""
    what = row.subject or kind_label(row.kind)
    if row.outcome in OUTCOMES:
        what = _("%(what)s: %(outcome)s", what=what, outcome=_(OUTCOMES[row.outcome]))
    ago = formatting.ago(row.done_at, clock.now())
    return _("%(what)s, %(ago)s", what=what, ago=ago)


def birthday_words(day: date) -> str:
    """Return «Birthday on 26 Nov»."""
    today = formatting.local(clock.now()).date()
    if day == today:
        return _("Birthday today")
    return _("Birthday on %(day)s", day=formatting.date(day, today=today))


def _birthday_near(born: date | None, reader: Viewer) -> date | None:
    """Return the day of the birthday if it lies within a week from today."""
    today = clock.now().astimezone(reader.locale.tz).date()
    if born is None or born > today:
        return None
    calendar = reader.locale.calendar
    passed = years_between(born, today, calendar)
    for years in (passed, passed + 1):
        day = add_years(born, years, calendar)
        if today <= day <= today + _BIRTHDAY_NEAR:
            return day
    return None
