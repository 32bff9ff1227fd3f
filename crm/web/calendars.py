"""One's calendars: those that Hamrah reads, and the address where they read Hamrah."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, session

from crm import clock, errors
from crm.calendars.feeds import renew_feed
from crm.calendars.feeds import revoke_feed as drop_feed
from crm.calendars.models import FAILURES, CalendarSource, SourceKind
from crm.calendars.queries import get_source, meetings_ahead, my_feed, my_sources
from crm.calendars.sources import add_source, change_source, fetch_soon, remove_source
from crm.i18n import _, formatting, ngettext
from crm.web.calendar_feed import address
from crm.web.rendering import go, render, viewer

blueprint = Blueprint("calendars", __name__, url_prefix="/settings/calendars")
HOME = "/settings/calendars"
_HELD = "calendar_feed"


def state_words(source: CalendarSource, ahead: int) -> str:
    """Return how a calendar stands: why it cannot be read, or when it was and what it gave."""
    if source.failure:
        return _(FAILURES.get(source.failure, FAILURES["server"]))
    if source.read_at is None:
        return _("Is being read for the first time")
    when = formatting.ago(source.read_at, clock.now())
    read = _("Read %(when)s", when=when)
    return f"{read} · " + ngettext("%(num)s meeting ahead", "%(num)s meetings ahead", ahead)


@blueprint.get("")
def index() -> Any:
    """All of them."""
    held = session.pop(_HELD, None)
    feed = f"{address()}/calendar/{held}.ics" if held else None
    return render(
        "calendars/index.html",
        sources=my_sources(viewer()),
        ahead=meetings_ahead(viewer()),
        state_words=state_words,
        feed=my_feed(viewer()),
        feed_address=feed,
        feed_link=feed and f"webcal://{feed.partition('://')[2]}",
    )


def _form(values: Any, status: int = 200, said: Any = None) -> Response:
    return render("calendars/new.html", status=status, values=values, errors=said or {})


@blueprint.get("/new")
def new() -> Any:
    """The form: an address, or a server with user and password."""
    kind = request.args.get("kind", "")
    return _form({"kind": kind if kind in list(SourceKind) else SourceKind.ICS.value})


@blueprint.post("")
def create() -> Any:
    """Add one."""
    form = request.form.to_dict()
    try:
        source_id = add_source(viewer(), form)
    except errors.ValidationError as error:
        return _form(form, 422, error.fields)
    return go(f"{HOME}/{source_id}", _("Added. It is read in a few seconds."))


def _show(source_id: str, status: int = 200, values: Any = None, said: Any = None) -> Response:
    source = get_source(viewer(), source_id)
    return render(
        "calendars/show.html",
        status=status,
        source=source,
        words=state_words(source, meetings_ahead(viewer()).get(source_id, 0)),
        is_waiting=source.failure is None and source.read_at is None,
        values=values or {"name": source.name, "username": source.username},
        errors=said or {},
    )


@blueprint.get("/<id:source_id>")
def show(source_id: str) -> Any:
    """One of them: how it stands, and what can be changed."""
    return _show(source_id)


@blueprint.post("/<id:source_id>")
def update(source_id: str) -> Any:
    """Change its name, address or password."""
    form = request.form.to_dict()
    try:
        change_source(viewer(), source_id, form)
    except errors.ValidationError as error:
        return _show(source_id, 422, form, error.fields)
    return go(f"{HOME}/{source_id}", _("Saved. It is read again in a few seconds."))


@blueprint.post("/<id:source_id>/reading")
def fetch(source_id: str) -> Any:
    """Read it now."""
    fetch_soon(viewer(), source_id)
    return go(f"{HOME}/{source_id}", _("It is read in a few seconds."))


@blueprint.post("/<id:source_id>/removal")
def remove(source_id: str) -> Any:
    """Read it no more."""
    remove_source(viewer(), source_id)
    return go(HOME, _("Removed"))


@blueprint.post("/feed")
def renew() -> Any:
    """Make a fresh address for one's plan; the page shows it once."""
    session[_HELD] = renew_feed(viewer())
    return go(f"{HOME}#feed")


@blueprint.post("/feed/revocation")
def revoke() -> Any:
    """Make the address worthless."""
    drop_feed(viewer())
    return go(HOME, _("The address no longer works."))
