"""Moves of a deal from stage to stage, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm import clock, errors
from crm.database import command, db, is_id
from crm.deals.models import Deal, Stage, StageKind
from crm.deals.stages import get_stage
from crm.i18n import _
from crm.schema import Key, Schema, Str, Whole, load
from crm.timeline.models import TimelineEntry
from crm.timeline.record import record
from crm.users.ownership import get
from crm.users.viewer import Viewer


class MoveSchema(Schema):
    stage_id = Key(required=True)
    #: How the rep saw the deal stand when he chose; see `refuse_stale`.
    version = Whole()
    from_stage_id = Key()
    lost_reason = Str(200)


def about(deal: Deal) -> dict[str, Any]:
    """Return the ids by which an entry stands on the pages of a deal and its people."""
    return {"deal_id": deal.id, "account_id": deal.account_id, "contact_id": deal.contact_id}


def move(
    actor: Viewer,
    deal: Deal,
    stage: Stage,
    lost_reason: str | None = None,
    since: datetime | None = None,
    **more: Any,
) -> str | None:
    """Move a locked deal inside a command and return the entry's id; None if it stood there.

    `since` is when it came to stand there, where that is not now: an undone move never was.
    """
    if deal.stage_id == stage.id:
        return None
    reason = None
    if stage.kind == StageKind.LOST:
        reason = lost_reason or "other"
    before = {
        "from_stage_id": deal.stage_id,
        "from_entered_at": deal.stage_entered_at.isoformat(),
        "from_lost_reason": deal.lost_reason,
        "from_closed_at": deal.closed_at.isoformat() if deal.closed_at else None,
        "seconds": int((clock.now() - deal.stage_entered_at).total_seconds()),
    }
    deal.move_to(stage, reason)
    if since:
        deal.stage_entered_at = since
    data = {
        **before,
        "to_stage_id": stage.id,
        "to_kind": stage.kind,
        "entered_at": deal.stage_entered_at.isoformat(),
        **more,
    }
    if reason:
        data["lost_reason"] = reason
    return record("deal.stage_changed", actor.id, **about(deal), data=data)


def refuse_stale(deal: Deal, stage: Stage, version: int | None, from_stage_id: str | None) -> None:
    """Raise Conflict when a locked deal stands elsewhere than the rep saw, inside a command.

    Another version alone is no conflict if the deal still stands in `from_stage_id`: a phone's
    second move of one day cannot know the version that its first one made.
    """
    if version is None and from_stage_id is None:
        return
    if version != deal.version and deal.stage_id not in (stage.id, from_stage_id):
        raise errors.Conflict(_("Someone else moved this deal. Here is how it stands now."))


@command
def move_deal(actor: Viewer, deal_id: str, payload: Mapping[str, Any]) -> str | None:
    """Move a deal to a stage; return the timeline entry to undo by, or None if it stood there.

    Raises Conflict when it stands elsewhere than `version` and `from_stage_id` say.
    """
    data = load(MoveSchema, payload)
    deal = get(actor, Deal, deal_id, lock=True)
    stage = get_stage(data["stage_id"])
    refuse_stale(deal, stage, data.get("version"), data.get("from_stage_id"))
    return move(actor, deal, stage, data.get("lost_reason"))


@command
def undo_move(actor: Viewer, deal_id: str, entry_id: str) -> None:
    """Put the deal back where it stood before this move. Raises Conflict if it moved on since."""
    deal = get(actor, Deal, deal_id, lock=True)
    put_back(actor, deal, entry_id)


def put_back(actor: Viewer, deal: Deal, entry_id: str) -> None:
    """Undo one move of a locked deal, inside a command; undoing it twice changes nothing.

    Only the move by which it stands where it stands: one that other moves followed is a Conflict,
    even if the deal has come back to that stage.
    """
    entry = db.session.get(TimelineEntry, entry_id) if is_id(entry_id) else None
    if entry is None or entry.deal_id != deal.id or entry.kind != "deal.stage_changed":
        raise errors.NotFound
    if deal.stage_id == entry.data["from_stage_id"]:
        return
    here = deal.stage_entered_at.isoformat()
    if deal.stage_id != entry.data["to_stage_id"] or entry.data.get("entered_at", here) != here:
        raise errors.Conflict(_("This deal has moved on since. Here is how it stands now."))
    stage = db.session.get(Stage, entry.data["from_stage_id"])
    if stage is None or stage.archived_at is not None:
        raise errors.Conflict(_("That stage is no longer there."))
    since = datetime.fromisoformat(entry.data["from_entered_at"])
    move(actor, deal, stage, entry.data.get("from_lost_reason"), since, undo_of=entry_id)
    if entry.data.get("from_closed_at"):
        deal.closed_at = datetime.fromisoformat(entry.data["from_closed_at"])
