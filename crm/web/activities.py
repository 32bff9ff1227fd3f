"""Activities: plan one, keep it, change when, correct or take back what was logged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from crm import clock, errors
from crm.activities import commands, queries
from crm.activities.models import OUTCOMES, ActivityKind
from crm.activities.naming import kind_label, subject_of
from crm.activities.next_steps import HOUR, NEXT_STEPS, at_ten, due_on
from crm.captures.corrections import correct_activity
from crm.database import new_id
from crm.i18n import _, formatting, parse_date, parse_time
from crm.reactions.briefs import birthday_words, brief_of, contact_words
from crm.web.attached import attached_to
from crm.web.rendering import back_or, checked, go, is_partial, render, viewer
from crm.web.today import promise, step_subject, url_of

blueprint = Blueprint("activities", __name__)
LINKS = ("deal_id", "contact_id", "account_id", "lead_id")
MEETING_LASTS = timedelta(hours=1)


def _kinds() -> list[tuple[str, str]]:
    return [(k, kind_label(k)) for k in ActivityKind if k != ActivityKind.NOTE]


def _steps() -> list[tuple[str, str]]:
    return [*((k, _(label)) for k, (label, _n) in NEXT_STEPS.items()), ("date", _("Date"))]


@blueprint.get("/activities/new")
def new() -> Response:
    """The form for a next step or a meeting ahead."""
    values: dict[str, Any] = {k: request.args.get(k) for k in LINKS if request.args.get(k)}
    values |= {
        "id": new_id(),
        "kind": request.args.get("kind", "call"),
        "next": back_or(_home(values)),
    }
    return _form("activities/new.html", values)


def _home(values: Any) -> str:
    for column, path in (
        ("deal_id", "deals"),
        ("lead_id", "leads"),
        ("contact_id", "contacts"),
        ("account_id", "accounts"),
    ):
        if values.get(column):
            return f"/{path}/{values[column]}"
    return "/today"


def _form(page: str, values: Any, status: int = 200, **more: Any) -> Response:
    return render(
        page,
        status=status,
        values=values,
        kinds=_kinds(),
        steps=_steps(),
        links=LINKS,
        outcomes=[(k, _(label)) for k, label in OUTCOMES.items()],
        errors=more.pop("errors", {}),
        **more,
    )


def _when(form: Any) -> dict[str, Any]:
    """Return due_at and has_time from a chip, or a date and perhaps a time."""
    locale, today = viewer().locale, formatting.local(clock.now()).date()
    step = form.get("step")
    if step in NEXT_STEPS:
        return {"due_at": at_ten(due_on(step, today, locale), locale).isoformat(), "has_time": True}
    said = (form.get("due_on") or "").strip()
    if not said:
        raise errors.ValidationError({"due_on": [_("Choose a date.")]})
    try:
        day = parse_date(said, today=today)
    except ValueError as error:
        raise errors.ValidationError({"due_on": [str(error)]}) from None
    try:
        moment = parse_time(form["due_time"]) if form.get("due_time") else None
    except ValueError as error:
        raise errors.ValidationError({"due_time": [str(error)]}) from None
    at = datetime.combine(day, moment or HOUR, locale.tz).astimezone(UTC)
    return {"due_at": at.isoformat(), "has_time": moment is not None}


@blueprint.post("/activities")
def create() -> Response:
    """Promise something for later."""
    form = request.form
    try:
        when = _when(form)
        kind = form.get("kind") or "call"
        if kind in (ActivityKind.MEETING, ActivityKind.VISIT) and when["has_time"]:
            ends = datetime.fromisoformat(when["due_at"]) + MEETING_LASTS
            when["ends_at"] = ends.isoformat()
        payload = {
            "id": form.get("id"),
            "kind": kind,
            "subject": form.get("subject"),
            "note": form.get("note"),
            **when,
            **{k: form.get(k) for k in LINKS},
        }
        if answer := checked(commands.PlanSchema, payload):
            return answer
        activity_id = commands.plan_activity(viewer(), payload)
    except errors.ValidationError as error:
        return _form("activities/new.html", form, 422, errors=error.fields)
    undo = {
        "action": f"/activities/{activity_id}/withdrawal",
        "fields": {"next": back_or(_home(form))},
    }
    return go(back_or(_home(form)), _("Planned"), undo)


@blueprint.get("/activities/<id:activity_id>")
def show(activity_id: str) -> Response:
    """What was logged or planned, with what can be done about it."""
    row = queries.get_row(viewer(), activity_id)
    activity = queries.get_activity(viewer(), activity_id)
    return render(
        "activities/show.html",
        activity=activity,
        row=row,
        kind=kind_label(row.kind),
        outcome=_(OUTCOMES[activity.outcome]) if activity.outcome in OUTCOMES else "",
        subject=step_subject(row),
        home=url_of(row),
        can_change=commands.may_correct(viewer(), activity),
        brief=_brief(activity) if activity.is_planned else None,
        attached=attached_to(viewer(), [activity_id]).get(activity_id),
    )


@dataclass(frozen=True)
class _Brief:
    """What to know before: .contacts and .promises are (words, note or time, url)."""

    contacts: list[tuple[str, str, str]]
    promises: list[tuple[str, str, str]]
    birthday: str


def _brief(activity: Any) -> _Brief:
    found, now = brief_of(viewer(), activity), clock.now()
    return _Brief(
        [(contact_words(row), row.note or "", f"/activities/{row.id}") for row in found.contacts],
        [
            (
                subject_of(row.kind, row.subject, None),
                formatting.due(row.due_at, now, row.has_time) if row.due_at else "",
                f"/activities/{row.id}",
            )
            for row in found.promises
        ],
        birthday_words(found.birthday) if found.birthday else "",
    )


@blueprint.get("/activities/<id:activity_id>/edit")
def edit(activity_id: str) -> Response:
    """Another time for a promise, or the right words for what was logged."""
    row = queries.get_row(viewer(), activity_id)
    activity = queries.get_activity(viewer(), activity_id)
    values: dict[str, Any] = {
        "kind": row.kind,
        "note": activity.note,
        "outcome": activity.outcome,
        "id": new_id(),
    }
    if activity.is_planned and row.due_at:
        values |= {
            "due_on": formatting.date_numeric(formatting.local(row.due_at).date()),
            "due_time": formatting.time(row.due_at) if row.has_time else "",
            "step": "date",
        }
    return _edit_form(row, activity, values)


def _edit_form(row: Any, activity: Any, values: Any, status: int = 200, **more: Any) -> Response:
    page = "activities/reschedule.html" if activity.is_planned else "activities/correct.html"
    return _form(
        page, values, status, activity=activity, subject=step_subject(row), home=url_of(row), **more
    )


@blueprint.post("/activities/<id:activity_id>/due")
def reschedule(activity_id: str) -> Response:
    """Promise it for another time."""
    row = queries.get_row(viewer(), activity_id)
    try:
        commands.reschedule_activity(viewer(), activity_id, _when(request.form))
    except (errors.ValidationError, errors.Conflict) as error:
        said = error.fields if isinstance(error, errors.ValidationError) else {"": [str(error)]}
        activity = queries.get_activity(viewer(), activity_id)
        return _edit_form(row, activity, request.form, error.status, errors=said)
    return go(back_or(url_of(row)), _("Moved to another day"))


@blueprint.post("/activities/<id:activity_id>/correction")
def correct(activity_id: str) -> Response:
    """Write what really happened; the wrong one stays, struck through."""
    form = request.form
    row = queries.get_row(viewer(), activity_id)
    try:
        correct_activity(
            viewer(), activity_id, {k: form.get(k) for k in ("id", "kind", "outcome", "note")}
        )
    except (errors.ValidationError, errors.Conflict) as error:
        said = error.fields if isinstance(error, errors.ValidationError) else {"": [str(error)]}
        activity = queries.get_activity(viewer(), activity_id)
        return _edit_form(row, activity, form, error.status, errors=said)
    return go(url_of(row), _("Corrected"))


@blueprint.post("/activities/<id:activity_id>/withdrawal")
def withdraw(activity_id: str) -> Response:
    """Take it back, with the stage move that was logged along."""
    row = queries.get_row(viewer(), activity_id)
    try:
        commands.withdraw_activity(viewer(), activity_id)
    except errors.Conflict as error:
        return go(back_or(url_of(row)), str(error))
    return go(back_or(url_of(row)), _("Taken back"))


@blueprint.post("/activities/<id:activity_id>/completion")
def complete(activity_id: str) -> Response:
    """Tick a promise, or take the tick back (`done` empty)."""
    me = viewer()
    if request.form.get("done", "1"):
        commands.complete_activity(me, activity_id)
    else:
        commands.reopen_activity(me, activity_id)
    row = queries.get_row(me, activity_id)
    if is_partial():
        now = clock.now()
        return render(
            "today/_promise.html",
            "today/_promise.html",
            promise=promise(row, now, formatting.local(now).date()),
        )
    if row.done_at is None:
        return go(back_or("/today"), _("Not done after all"))
    undo = {
        "action": f"/activities/{activity_id}/completion",
        "fields": {"done": "", "next": back_or("/today")},
    }
    return go(back_or("/today"), _("Done"), undo)
