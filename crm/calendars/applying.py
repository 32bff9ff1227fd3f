"""Makes planned meetings of what a calendar says: what is new, has moved or is gone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, select

from crm import clock, errors
from crm.activities.commands import plan_activity, reschedule_activity
from crm.activities.models import ActivityKind
from crm.calendars.models import CalendarMeeting, CalendarSource, Standing
from crm.calendars.persons import Person
from crm.calendars.reading import Contents, Meeting, Span
from crm.calendars.sources import untouched, withdraw_if_untouched
from crm.database import command, db
from crm.schema.values import CONTROL
from crm.users.viewer import Viewer

#: So few at a time that nobody who saves waits for it.
BATCH = 25
#: No person plans more at a time; a calendar made by a program may.
MOST_NEW = 300
#: How long after a meeting its line is kept: as long as its calendar may still say something.
KEPT = timedelta(days=40)


class Change(NamedTuple):
    """One thing to do: plan or move this meeting, or with no meeting withdraw the known one."""

    uid: str
    occurrence: str
    meeting: Meeting | None = None
    person: Person | None = None


def changes(
    source_id: str, contents: Contents, persons: Mapping[tuple[str, str], Person], span: Span
) -> list[Change]:
    """Return what is to be done, so that a calendar that says the same as before costs no write."""
    rows = db.session.scalars(
        select(CalendarMeeting).where(CalendarMeeting.source_id == source_id)
    ).all()
    known = {(row.uid, row.occurrence): row for row in rows}
    found: list[Change] = []
    said: set[tuple[str, str]] = set()
    for (uid, occurrence), meeting in contents.meetings.items():
        key = (hash_uid(uid), occurrence)
        said.add(key)
        row, person = known.get(key), persons.get((uid, occurrence))
        if _is_news(row, meeting, person):
            found.append(Change(*key, meeting, person))
    found = found[:MOST_NEW]
    unread = {hash_uid(uid) for uid in contents.unread}
    gone = [
        row
        for key, row in known.items()
        if row.standing == Standing.FOLLOWED
        and key not in said
        and row.uid not in unread
        and span.start <= row.due_at < span.end
    ]
    return found + [Change(row.uid, row.occurrence) for row in gone]


def _is_news(row: CalendarMeeting | None, meeting: Meeting, person: Person | None) -> bool:
    if row is None or row.standing == Standing.WITHDRAWN:
        return person is not None
    return row.standing == Standing.FOLLOWED and row.said != hash_said(meeting)


def hash_uid(uid: str) -> str:
    """Return what is kept of an event's id."""
    return hashlib.sha256(uid.encode(errors="replace")).hexdigest()


def hash_said(meeting: Meeting) -> str:
    """Return what is kept of an event's times and subject."""
    said = f"{meeting.starts} {meeting.ends} {meeting.has_time} {meeting.summary}"
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()


def batches(found: Sequence[Change]) -> Iterable[Sequence[Change]]:
    """Yield the changes in portions of one short transaction each."""
    return (found[at : at + BATCH] for at in range(0, len(found), BATCH))


@command
def apply_changes(actor: Viewer, source_id: str, claim: str, some: Sequence[Change]) -> None:
    """Do these changes for the owner of the calendar. Raises Conflict where somebody else reads
    the calendar by now, or it was removed."""
    held = hold(source_id, claim)
    for change in some:
        row = db.session.scalars(
            select(CalendarMeeting).where(
                CalendarMeeting.source_id == held.id,
                CalendarMeeting.uid == change.uid,
                CalendarMeeting.occurrence == change.occurrence,
            )
        ).first()
        if change.meeting is None:
            if row is not None and row.standing == Standing.FOLLOWED:
                withdraw_if_untouched(actor, row)
        elif row is None or row.standing == Standing.WITHDRAWN:
            _plan(actor, held, row, change)
        elif row.standing == Standing.FOLLOWED:
            _move(actor, row, change.meeting)
    db.session.flush()


@command
def end_reading(_actor: Viewer, source_id: str, claim: str, values: Mapping[str, Any]) -> None:
    """End a reading: say when the next one is, and forget meetings long past."""
    source = hold(source_id, claim)
    for name, value in values.items():
        setattr(source, name, value)
    source.claim = None
    db.session.execute(
        delete(CalendarMeeting).where(
            CalendarMeeting.source_id == source.id, CalendarMeeting.due_at < clock.now() - KEPT
        )
    )


def hold(source_id: str, claim: str) -> CalendarSource:
    """Return the calendar, locked, inside a command. Raises Conflict without the claim."""
    source = db.session.scalars(
        select(CalendarSource)
        .where(CalendarSource.id == source_id, CalendarSource.claim == claim)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if source is None:
        raise errors.Conflict("claim")
    return source


def _plan(actor: Viewer, source: CalendarSource, row: CalendarMeeting | None, new: Change) -> None:
    if new.person is None or new.meeting is None or _is_elsewhere(actor, source, new):
        return
    try:
        activity_id = plan_activity.inside(
            actor, _payload(new.meeting) | {new.person[0]: new.person[1]}
        )
    except errors.ValidationError:  # the person was put away or handed over just now
        return
    if row is None:
        row = CalendarMeeting(source_id=source.id, uid=new.uid, occurrence=new.occurrence)
        db.session.add(row)
    row.activity_id, row.version, row.standing = activity_id, 1, Standing.FOLLOWED.value
    row.due_at, row.said = new.meeting.starts, hash_said(new.meeting)


def _is_elsewhere(actor: Viewer, source: CalendarSource, new: Change) -> bool:
    """Whether another calendar of the same person has this meeting already."""
    return (
        db.session.execute(
            select(CalendarMeeting.id)
            .join(CalendarSource, CalendarSource.id == CalendarMeeting.source_id)
            .where(
                CalendarSource.user_id == actor.id,
                CalendarSource.id != source.id,
                CalendarMeeting.uid == new.uid,
                CalendarMeeting.occurrence == new.occurrence,
                CalendarMeeting.standing != Standing.WITHDRAWN.value,
            )
            .limit(1)
        ).first()
        is not None
    )


def _payload(meeting: Meeting) -> dict[str, Any]:
    return {
        "kind": ActivityKind.MEETING.value,
        "subject": subject_of(meeting),
        "due_at": meeting.starts.isoformat(),
        "ends_at": meeting.ends.isoformat() if meeting.ends else None,
        "has_time": meeting.has_time,
    }


def subject_of(meeting: Meeting) -> str | None:
    """Return the subject as an activity takes it."""
    return " ".join(CONTROL.sub("", meeting.summary).split()) or None


def _move(actor: Viewer, row: CalendarMeeting, meeting: Meeting) -> None:
    activity = untouched(actor, row)
    if activity is None:
        row.standing = Standing.LEFT.value
        return
    if (activity.due_at, activity.has_time) != (meeting.starts, meeting.has_time):
        when = {"due_at": meeting.starts.isoformat(), "has_time": meeting.has_time}
        reschedule_activity.inside(actor, activity.id, when)
    activity.ends_at, activity.subject = meeting.ends, subject_of(meeting)
    activity.touch()
    row.version, row.due_at, row.said = activity.version, meeting.starts, hash_said(meeting)
