"""Writes of a person's calendars: add one, change it, have it read now, remove it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select

from crm import clock, errors
from crm.activities.commands import withdraw_activity
from crm.activities.models import Activity
from crm.calendars.models import CalendarMeeting, CalendarSource, SourceKind, Standing
from crm.calendars.queries import get_source
from crm.company.queries import get_company
from crm.database import command, db, new_id
from crm.i18n import _
from crm.schema import OneOf, Schema, Str, load
from crm.sealed import seal, unseal
from crm.timeline.record import record
from crm.users.ownership import find
from crm.users.viewer import Viewer

MOST_SOURCES = 10
#: Whoever taps «fetch» all the time asks no more often than this.
LEAST_BETWEEN = timedelta(seconds=30)
SEAL = "calendars"
_HTTPS = {"webcal": "https", "webcals": "https"}


class SourceSchema(Schema):
    kind = OneOf(SourceKind, required=True)
    name = Str(100)
    address = Str(2000, required=True)
    username = Str(200)
    password = Str(500)


class ChangedSourceSchema(Schema):
    name = Str(100)
    #: Empty: as before. None of the two is ever shown again.
    address = Str(2000)
    username = Str(200)
    password = Str(500)


def opened(source: CalendarSource) -> tuple[str, str]:
    """Return address and password of a calendar; empty where another installation sealed them."""
    kept = (source.address, source.password or "")
    address, password = (unseal(one, SEAL) or "" for one in kept)
    return address, password


@command
def add_source(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Add a calendar of the actor's own and return its id; the worker reads it at once."""
    data = load(SourceSchema(), payload)
    address = read_address(data["address"])
    mine = select(func.count()).where(CalendarSource.user_id == actor.id)
    if (db.session.scalar(mine) or 0) >= MOST_SOURCES:
        raise errors.ValidationError(
            {"": [_("At most %(most)s calendars can be read.", most=MOST_SOURCES)]}
        )
    is_caldav = data["kind"] == SourceKind.CALDAV
    if is_caldav:
        _need(data, "username", "password")
    source = CalendarSource(
        id=new_id(),
        user_id=actor.id,
        kind=data["kind"],
        name=data.get("name") or host_of(address),
        address=seal(address, SEAL),
        host=host_of(address),
        username=data.get("username") if is_caldav else None,
        password=seal(data["password"], SEAL) if is_caldav else None,
        created_at=clock.now(),
        next_at=clock.now(),
    )
    db.session.add(source)
    record("calendar.added", actor.id, user_id=actor.id)
    return source.id


@command
def change_source(actor: Viewer, source_id: str, payload: Mapping[str, Any]) -> None:
    """Change a calendar's name, address or password; what is left empty stays as it was."""
    source = get_source(actor, source_id, lock=True)
    data = load(ChangedSourceSchema(), payload)
    source.name = data.get("name") or source.name
    if data.get("address"):
        address = read_address(data["address"])
        source.address, source.host = seal(address, SEAL), host_of(address)
    if source.kind == SourceKind.CALDAV:
        source.username = data.get("username") or source.username
        if data.get("password"):
            source.password = seal(data["password"], SEAL)
    _wake(source)
    record("calendar.changed", actor.id, user_id=actor.id)


@command
def fetch_soon(actor: Viewer, source_id: str) -> None:
    """Have a calendar read as soon as the worker looks, whatever went wrong before."""
    source = get_source(actor, source_id, lock=True)
    if source.read_at is None or clock.now() - source.read_at >= LEAST_BETWEEN:
        _wake(source)


def _wake(source: CalendarSource) -> None:
    source.failures, source.failure = 0, None
    source.etag = source.last_modified = None
    source.claim, source.next_at = None, clock.now()


@command
def remove_source(actor: Viewer, source_id: str) -> None:
    """Stop reading a calendar; the meetings ahead that came from it and were left alone go too."""
    source = get_source(actor, source_id, lock=True)
    ahead = select(CalendarMeeting).where(
        CalendarMeeting.source_id == source.id,
        CalendarMeeting.standing == Standing.FOLLOWED.value,
        CalendarMeeting.due_at > clock.now(),
    )
    for meeting in db.session.scalars(ahead.order_by(CalendarMeeting.activity_id)).all():
        withdraw_if_untouched(actor, meeting)
    for meeting in db.session.scalars(
        select(CalendarMeeting).where(CalendarMeeting.source_id == source.id)
    ).all():
        db.session.delete(meeting)
    db.session.flush()
    db.session.delete(source)
    record("calendar.removed", actor.id, user_id=actor.id)


def untouched(actor: Viewer, meeting: CalendarMeeting) -> Activity | None:
    """Return the planned activity of a meeting, locked, inside a command; None where somebody
    held, changed or deleted it."""
    activity = find(actor, Activity, meeting.activity_id, lock=True)
    if activity is None or not activity.is_planned or activity.archived_at is not None:
        return None
    is_ours = activity.version == meeting.version and activity.owner_id == actor.id
    return activity if is_ours else None


def withdraw_if_untouched(actor: Viewer, meeting: CalendarMeeting) -> None:
    """Take a planned meeting back that its calendar no longer has, inside a command."""
    activity = untouched(actor, meeting)
    if activity is None:
        meeting.standing = Standing.LEFT.value
        return
    withdraw_activity.inside(actor, activity.id)
    meeting.standing = Standing.WITHDRAWN.value


def read_address(typed: str) -> str:
    """Return the address as it is asked. Raises ValidationError with what is wrong with it."""
    scheme, separator, rest = typed.strip().partition("://")
    scheme = _HTTPS.get(scheme.lower(), scheme.lower())
    if not separator:
        scheme, rest = "https", typed.strip()
    address = f"{scheme}://{rest}"
    try:
        parts = urlsplit(address)
        # Asked for, or a port that is no number would not raise.
        has_user, host = "@" in parts.netloc, parts.hostname if parts.port != 0 else None
    except ValueError:
        has_user, host = False, None
    if not host or any(letter.isspace() for letter in address):
        raise _wrong(_("This is not an address. It begins with https:// or webcal://."))
    if has_user:
        raise _wrong(_("Leave user name and password out of the address."))
    if scheme != "https" and not (scheme == "http" and get_company().inside_calendars):
        raise _wrong(_("The address must begin with https:// or webcal://."))
    return address


def host_of(address: str) -> str:
    """Return what of an address may be shown: the path is often a secret."""
    return urlsplit(address).hostname or ""


def _wrong(sentence: str) -> errors.ValidationError:
    return errors.ValidationError({"address": [sentence]})


def _need(data: Mapping[str, Any], *names: str) -> None:
    missing = {name: [_("This is needed.")] for name in names if not data.get(name)}
    if missing:
        raise errors.ValidationError(missing)
