"""Two people wanted one field otherwise: leaves the loser's value to be decided on, named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.captures.envelopes import Call
from crm.captures.models import Decision
from crm.captures.wording import both_words, user_name, words_of
from crm.database import db
from crm.deals.commands import Overtaken
from crm.deals.models import Deal, StageKind
from crm.deals.moves import last_moves
from crm.records import field_label
from crm.timeline.models import TimelineEntry
from crm.users.ownership import find
from crm.users.viewer import Viewer

Value = dict[str, Any]


def contest_move(
    actor: Viewer, call: Call, rival: Overtaken, activity_id: str | None = None
) -> None:
    """Leave the choice between two stages of a locked deal, inside a command."""
    deal, last = rival.deal, next(iter(last_moves(rival.deal.id)), None)
    reason = (rival.lost_reason or "other") if rival.stage.kind == StageKind.LOST else None
    decision = leave_decision(
        actor,
        call,
        about=("deal", deal.id, "stage"),
        yours={"value": rival.stage.id, "lost_reason": reason},
        theirs={"value": deal.stage_id, "lost_reason": deal.lost_reason},
        by=(last.actor_id, last.at) if last else None,
        activity_id=activity_id,
    )
    call.decisions.append(decision)


def contest_reason(
    actor: Viewer, call: Call, wanted: Mapping[str, Any], activity_id: str | None = None
) -> None:
    """Keep the first reason for a loss that both reported, and say so, inside a command."""
    reason = wanted.get("lost_reason")
    deal = find(actor, Deal, wanted.get("id")) if reason else None
    if deal is None or deal.stage_id != wanted.get("to_stage_id") or deal.lost_reason == reason:
        return
    if deal.status != StageKind.LOST:
        return
    last = next(iter(last_moves(deal.id)), None)
    decision = leave_decision(
        actor,
        call,
        about=("deal", deal.id, "lost_reason"),
        yours={"value": reason},
        theirs={"value": deal.lost_reason},
        by=(last.actor_id, last.at) if last else None,
        activity_id=activity_id,
    )
    call.changes.append(as_change(decision))


def leave_decision(
    actor: Viewer,
    call: Call,
    *,
    about: tuple[str, str, str],
    yours: Value,
    theirs: Value,
    by: tuple[str, datetime] | None,
    activity_id: str | None = None,
) -> dict[str, Any]:
    """Keep both values and return the choice in words, inside a command.

    `about` is the kind of record, its id and the field. What its author left open before about the
    same field is replaced: he wants the later one now.
    """
    record, record_id, field = about
    open_one = db.session.scalars(
        select(Decision).where(
            Decision.record_id == record_id,
            Decision.field == field,
            Decision.author_id == actor.id,
            Decision.resolved_at.is_(None),
        )
    ).first()
    decision = open_one or Decision(
        user_id=actor.id,
        author_id=actor.id,
        record=record,
        record_id=record_id,
        field=field,
        created_at=clock.now(),
    )
    decision.capture_id, decision.activity_id = call.capture_id, activity_id
    decision.yours = yours | {"was_offline": call.was_offline}
    decision.theirs = theirs
    decision.theirs_by_id, decision.theirs_at = by or (None, None)
    decision.captured_at = call.captured_at
    db.session.add(decision)
    db.session.flush()
    return describe(actor, decision)


def describe(viewer: Viewer, decision: Decision) -> dict[str, Any]:
    """Return a decision as phones and pages show it."""
    yours, theirs = (
        words_of(viewer, decision.field, said) for said in (decision.yours, decision.theirs)
    )
    who = user_name(decision.theirs_by_id)
    author = None if decision.author_id == viewer.id else user_name(decision.author_id)
    was_offline = bool(decision.yours.get("was_offline"))
    at = decision.theirs_at
    return {
        "id": decision.id,
        "record": decision.record,
        "record_id": decision.record_id,
        "field": decision.field,
        "label": field_label(decision.field),
        "yours": yours,
        "theirs": theirs,
        "who": who,
        "at": at.isoformat() if at else None,
        "captured_at": decision.captured_at.isoformat(),
        "words": both_words(theirs, who, at, yours, author, decision.captured_at, was_offline),
    }


def as_change(decision: dict[str, Any]) -> dict[str, Any]:
    """Return a decision as a line of what was kept otherwise."""
    named = ("field", "label", "yours", "theirs", "who", "at", "words")
    return {name: decision[name] for name in named} | {
        "kept": "theirs",
        "decision_id": decision["id"],
    }


def last_changes(
    record: str, record_id: str, fields: Collection[str]
) -> dict[str, tuple[str, datetime]]:
    """Return who changed each of these fields of a record last, and when, as far as it is known."""
    rows = db.session.execute(
        select(TimelineEntry.actor_id, TimelineEntry.at, TimelineEntry.data)
        .where(
            getattr(TimelineEntry, f"{record}_id") == record_id,
            TimelineEntry.kind == f"{record}.changed",
        )
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(50)
    )
    found: dict[str, tuple[str, datetime]] = {}
    for actor_id, at, data in rows:
        for field in data.get("changed", {}).keys() & fields:
            found.setdefault(field, (actor_id, at))
    return found
