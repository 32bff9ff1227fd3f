"""Puts timeline entries into words for a record's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request

from crm import clock
from crm.activities.models import KIND_NAMES, OUTCOMES, ActivityKind
from crm.deals.models import LOST_REASONS
from crm.deals.stages import stage_labels
from crm.feed.queries import entries_of
from crm.i18n import _, formatting
from crm.records import field_label
from crm.users.viewer import Viewer
from crm.web.attached import Attached, attached_to
from crm.web.cursors import read_moment
from crm.web.history import Words, changed, plain
from crm.web.lead_history import LEAD_NOTES, LEAD_WORDS
from crm.web.mail_history import MAIL_NOTES, MAIL_WORDS
from crm.web.rendering import with_query
from crm.web.stops import STOP_NOTES, STOP_WORDS

PAGE = 20
DAY_SECONDS = 86_400


@dataclass
class Line:
    """One line as templates/timeline/_entries.html takes it."""

    title: str
    note: str
    icon: str
    tone: str
    when: str
    at: datetime
    state: str = ""
    url: str = ""
    undo: dict[str, Any] | None = None
    attached: list[Attached] = field(default_factory=list)


def timeline_of(viewer: Viewer, **record_id: str) -> dict[str, Any]:
    """Return `timeline` and `more_url` for the template; the page comes from `?before=`."""
    before = read_moment(request.args.get("before", ""))
    rows = entries_of(viewer, before=before, limit=PAGE + 1, **record_id)
    shown = rows[:PAGE]
    stages = stage_labels() if any(r.kind in _OF_STAGES for r in shown) else {}
    undone = {r.data.get("undo_of") for r in rows}
    now = clock.now()
    lines = [_line(row, stages, undone, now) for row in shown]
    _attach(viewer, shown, lines)
    if "deal_id" in record_id and "before" not in request.args:
        _offer_undo(shown, lines, undone)
    more = None
    if len(rows) > PAGE:
        last = shown[-1]
        more = with_query(before=f"{last.at.isoformat()}~{last.id}")
    return {"timeline": lines, "more_url": more}


def _attach(viewer: Viewer, rows: Any, lines: list[Line]) -> None:
    """Put photos and voice notes to the lines of what was done, not to what was promised."""
    done = [row.activity_id for row in rows if row.kind in _DONE_KINDS]
    found = attached_to(viewer, done) if done else {}
    for row, line in zip(rows, lines, strict=True):
        if row.kind in _DONE_KINDS:
            line.attached = found.get(row.activity_id, [])


def _offer_undo(rows: Any, lines: list[Line], undone: set[Any]) -> None:
    """Only the deal's last move can be put back, unless that is what it did."""
    for row, line in zip(rows, lines, strict=True):
        if row.kind == "deal.stage_changed":
            if row.id not in undone and not row.data.get("undo_of"):
                line.undo = {
                    "action": f"/deals/{row.deal_id}/stage/undo",
                    "fields": {"entry": row.id},
                }
            return


def _line(row: Any, stages: dict[str, str], undone: set[Any], now: datetime) -> Line:
    words = _WORDS.get(row.kind)
    title, icon, tone = words(row, stages) if words else (row.kind, "note", "")
    wrong = row.superseded_by_id or row.withdrawn_at or row.id in undone
    line = Line(
        title=title,
        note=_note(row),
        icon=icon,
        tone=tone,
        when=formatting.timeline_time(row.at, now),
        at=row.at,
        state="corrected" if wrong else "",
    )
    if row.kind in _ACTIVITY_KINDS and row.activity_id and not wrong:
        line.url = f"/activities/{row.activity_id}"
    return line


def _note(row: Any) -> str:
    if row.kind in _ACTIVITY_KINDS:
        note = row.data.get("note") or ""
        return note if row.kind != "activity.planned" else ""
    words = _NOTES.get(row.kind)
    return words(row) if words else row.actor_name or ""


def _note_of_move(row: Any) -> str:
    if row.data.get("lost_reason"):
        reason = row.data["lost_reason"]
        return f"{_(LOST_REASONS.get(reason, reason))} · {row.actor_name or ''}"
    if row.data.get("seconds", 0) >= DAY_SECONDS:
        stayed = formatting.days(row.data["seconds"] // DAY_SECONDS)
        return _("%(who)s, after %(days)s", who=row.actor_name or "", days=stayed)
    return row.actor_name or ""


_NOTES: dict[str, Callable[[Any], str]] = {
    **LEAD_NOTES,
    **MAIL_NOTES,
    **STOP_NOTES,
    "deal.stage_changed": _note_of_move,
}


KINDS = {
    "meeting": ("people", "plum"),
    "visit": ("visit", "plum"),
    "call": ("phone", ""),
    "message": ("message", ""),
    "note": ("note", ""),
    "task": ("task", ""),
    "support": ("flag", "heat"),
}


def kind_label(kind: str) -> str:
    """Return the name of an activity kind."""
    return _(KIND_NAMES[ActivityKind(kind)]) if kind in KIND_NAMES else kind


def _logged(row: Any, _stages: Any) -> Words:
    data = row.data
    kind = data.get("kind", "note")
    icon, tone = KINDS.get(kind, ("note", ""))
    outcome = _(OUTCOMES[data["outcome"]]) if data.get("outcome") in OUTCOMES else ""
    title = data.get("subject") or kind_label(kind)
    return (
        _("%(what)s: %(outcome)s", what=title, outcome=outcome) if outcome else title,
        icon,
        tone,
    )


def _planned(row: Any, _stages: Any) -> Words:
    what = row.data.get("subject") or kind_label(row.data.get("kind", "task"))
    due = row.data.get("due_at")
    if due:
        day = formatting.local(datetime.fromisoformat(due)).date()
        return _("Planned: %(what)s, %(day)s", what=what, day=formatting.date(day)), "calendar", ""
    return _("Planned: %(what)s", what=what), "calendar", ""


def _moved(row: Any, stages: dict[str, str]) -> Words:
    before, after = (stages.get(row.data[k], "?") for k in ("from_stage_id", "to_stage_id"))
    kind = row.data.get("to_kind")
    tone = {"won": "good", "lost": "late"}.get(kind or "", "")
    return (
        _("%(before)s to %(after)s", before=before, after=after),
        "check" if kind == "won" else "arrow",
        tone,
    )


def _decided(row: Any, stages: dict[str, str]) -> Words:
    kept, other = (str(row.data[side].get("value") or "–") for side in ("kept", "other"))
    if row.data["field"] == "stage":
        kept, other = stages.get(kept, "?"), stages.get(other, "?")
        return _("Decided: %(kept)s, not %(other)s", kept=kept, other=other), "check", ""
    return _("Decided: %(field)s", field=field_label(row.data["field"])), "check", ""


_OF_STAGES = {"deal.stage_changed", "decision.made"}
_DONE_KINDS = {"activity.logged", "activity.completed", "activity.corrected"}
_ACTIVITY_KINDS = {*_DONE_KINDS, "activity.planned"}
_WORDS: dict[str, Callable[[Any, dict[str, str]], Words]] = {
    **LEAD_WORDS,
    **MAIL_WORDS,
    **STOP_WORDS,
    "activity.logged": _logged,
    "activity.corrected": _logged,
    "activity.completed": _logged,
    "activity.planned": _planned,
    "activity.rescheduled": _planned,
    "activity.reopened": plain(lambda: _("Not done after all"), "undo"),
    "activity.withdrawn": plain(lambda: _("Taken back"), "undo"),
    "deal.stage_changed": _moved,
    "decision.made": _decided,
    "deal.created": plain(lambda: _("Deal opened"), "funnel"),
    "deal.changed": changed,
    "deal.person_added": plain(lambda: _("Someone joined the deal"), "person"),
    "deal.archived": plain(lambda: _("Archived"), "archive"),
    "deal.restored": plain(lambda: _("Brought back"), "restore"),
    "account.created": plain(lambda: _("Account added"), "building"),
    "account.changed": changed,
    "account.archived": plain(lambda: _("Archived"), "archive"),
    "account.restored": plain(lambda: _("Brought back"), "restore"),
    "contact.created": plain(lambda: _("Contact added"), "person"),
    "contact.changed": changed,
    "contact.archived": plain(lambda: _("Archived"), "archive"),
    "contact.restored": plain(lambda: _("Brought back"), "restore"),
    "user.signed_in": plain(lambda: _("Signed in"), "device"),
    "user.signed_out": plain(lambda: _("Signed out"), "sign-out"),
    "user.device_wiped": plain(lambda: _("Lost phone signed out, to be cleared"), "lock", "late"),
    "user.device_cleared": plain(lambda: _("Lost phone was told to clear itself"), "check"),
    "user.invited": plain(lambda: _("Invited"), "link"),
    "user.invitation_made": plain(lambda: _("New invitation link made"), "link"),
    "user.reset_made": plain(lambda: _("Link to a new password made"), "link"),
    "user.joined": plain(lambda: _("Joined"), "check", "good"),
    "user.password_reset": plain(lambda: _("New password by link"), "lock"),
    "user.password_changed": plain(lambda: _("Password changed"), "lock"),
    "user.changed": changed,
    "user.deactivated": plain(lambda: _("Deactivated"), "lock", "late"),
    "user.reactivated": plain(lambda: _("Active again"), "restore"),
    "user.signed_out_everywhere": plain(lambda: _("Signed out everywhere"), "sign-out"),
    "user.signed_out_elsewhere": plain(lambda: _("Other devices signed out"), "sign-out"),
    "user.handed_over": plain(lambda: _("Records handed over"), "handover"),
    "company.set_up": plain(lambda: _("Hamrah set up"), "settings"),
}
