"""Reads the calendars that are due: claim, fetch with no transaction open, apply, settle."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from crm import clock, errors
from crm.calendars.applying import apply_changes, batches, changes, end_reading
from crm.calendars.events import NotACalendar
from crm.calendars.fetching import Errand, Fetched, fetch
from crm.calendars.models import CalendarSource
from crm.calendars.persons import find_persons
from crm.calendars.reading import Span, TooBig, read_calendar
from crm.calendars.sources import opened
from crm.company.queries import get_company
from crm.database import command, db, new_id
from crm.i18n import use_locale
from crm.users.models import User
from crm.users.sessions import viewer_of
from crm.users.viewer import Viewer

log = logging.getLogger(__name__)
EVERY = timedelta(minutes=10)
#: Twice as long after each failure, up to this.
SELDOM = timedelta(hours=6)
#: Who holds a calendar for longer has died.
LEASE = timedelta(minutes=5)
#: The days ahead come into sight by time alone: once a day all is read, changed or not.
WHOLE_EVERY = timedelta(hours=20)
BEHIND, AHEAD = timedelta(days=1), timedelta(days=30)
#: So many are asked at once; a slow server holds up few others.
AT_ONCE = 4


def fetch_due_calendars(actor: Viewer, most: int) -> int:
    """Read the calendars that are due, a few at once; return how many were."""
    now = clock.now()
    # Asked without a lock first: mostly nothing is due, and nobody who saves should wait for that.
    if db.session.execute(_due(now).limit(1)).first() is None:
        return 0
    errands = claim_due(actor, min(most, AT_ONCE))
    span = Span(now - BEHIND, now + AHEAD)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda errand: _fetch(errand, span), errands))
    for errand, answer in zip(errands, answers, strict=True):
        take_in(errand, answer, span)
    return len(errands)


def _due(now: datetime) -> Select[CalendarSource]:
    return (
        select(CalendarSource)
        .join(User, User.id == CalendarSource.user_id)
        .where(CalendarSource.next_at <= now, User.is_active)
        .order_by(CalendarSource.next_at, CalendarSource.id)
    )


def _fetch(errand: Errand, span: Span) -> Fetched:
    if not errand.address:
        return Fetched(failure="sealed")
    try:
        return fetch(errand, span)
    except Exception as error:  # one that nobody foresaw must not keep the others from their turn
        return _unforeseen(errand, error)


def _unforeseen(errand: Errand, error: Exception) -> Fetched:
    # Its words may hold what stands in the calendar.
    log.error("calendar %s: %s", errand.source_id, type(error).__name__)
    return Fetched(failure="not_calendar")


@command
def claim_due(_actor: Viewer, most: int) -> Sequence[Errand]:
    """Take calendars that are due, so that nobody else reads them meanwhile."""
    now, allows_inside = clock.now(), get_company().inside_calendars
    due = db.session.scalars(
        _due(now)
        .limit(most)
        .with_for_update(skip_locked=True, of=CalendarSource)
        .execution_options(populate_existing=True)
    ).all()
    for source in due:
        source.claim, source.next_at = new_id(), now + LEASE
    return [_errand(source, now, allows_inside) for source in due]


def _errand(source: CalendarSource, now: datetime, allows_inside: bool) -> Errand:
    address, password = opened(source)
    is_fresh = source.whole_at is not None and now - source.whole_at < WHOLE_EVERY
    return Errand(
        source.id,
        source.claim or "",
        source.user_id,
        source.kind,
        address,
        source.username or "",
        password,
        etag=source.etag or "" if is_fresh else "",
        last_modified=source.last_modified or "" if is_fresh else "",
        allows_inside=allows_inside,
    )


def take_in(errand: Errand, answer: Fetched, span: Span) -> None:
    """Apply what came, in short transactions, and say when it is read next."""
    owner, failure = viewer_of(errand.user_id), answer.failure
    # A Conflict: it was removed meanwhile, or is somebody else's by now. Busy: its lease runs out.
    with suppress(errors.Conflict, errors.Busy):
        if answer.texts is not None:
            failure = _taken(owner, errand, answer.texts, span)
        end_reading(owner, errand.source_id, errand.claim, _outcome(errand, answer, failure))


def _taken(owner: Viewer, errand: Errand, texts: Sequence[str], span: Span) -> str | None:
    try:
        with use_locale(owner.locale):
            return _take_texts(owner, errand, texts, span)
    except errors.DomainError:
        raise
    except Exception as error:  # as in `_fetch`
        db.session.rollback()
        return _unforeseen(errand, error).failure


def _take_texts(owner: Viewer, errand: Errand, texts: Sequence[str], span: Span) -> str | None:
    """Return why it could not be read, or None."""
    mine = _emails_of(errand)
    try:
        contents = read_calendar(texts, span, owner.locale.tz, mine)
    except TooBig:
        return "too_big"
    except NotACalendar:
        return "not_calendar"
    persons = find_persons(owner, contents.meetings, mine)
    found = changes(errand.source_id, contents, persons, span)
    for some in batches(found):
        apply_changes(owner, errand.source_id, errand.claim, some)
    return None


def _emails_of(errand: Errand) -> list[str]:
    email = db.session.scalar(select(User.email).where(User.id == errand.user_id))
    return [one for one in (email, errand.username) if one]


def _outcome(errand: Errand, answer: Fetched, failure: str | None) -> dict[str, Any]:
    now = clock.now()
    if failure is not None:
        tried = _failures(errand.source_id) + 1
        wait = min(EVERY * 2 ** min(tried, 10), SELDOM)
        return {"failure": failure, "failures": tried, "next_at": now + wait, "etag": None}
    said: dict[str, Any] = {"failure": None, "failures": 0, "next_at": now + EVERY, "read_at": now}
    if answer.texts is not None:
        said |= {"etag": answer.etag, "last_modified": answer.last_modified, "whole_at": now}
    return said


def _failures(source_id: str) -> int:
    return int(
        db.session.scalar(select(CalendarSource.failures).where(CalendarSource.id == source_id))
        or 0
    )
