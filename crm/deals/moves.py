"""Moves of a deal from stage to stage, and taking one back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update

from crm import clock, errors
from crm.accounts.models import Account, Contact
from crm.database import command, db, is_id
from crm.deals.models import Deal, Stage, StageKind
from crm.deals.stages import get_stage
from crm.i18n import _, formatting
from crm.schema import Key, Moment, Schema, Str, Whole, load
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
    #: When the rep chose, where it comes in later.
    chosen_at = Moment()


class Overtaken(errors.Conflict):
    """The deal stands elsewhere than the rep saw when he chose `stage`: someone moved it before."""

    def __init__(self, deal: Deal, stage: Stage, lost_reason: str | None) -> None:
        super().__init__(_("Someone else moved this deal. Here is how it stands now."))
        self.deal, self.stage, self.lost_reason = deal, stage, lost_reason


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
    if stage.kind == StageKind.WON and welcome(deal):
        more["welcomed"] = _day_won(deal).isoformat()
    data = {
        **before,
        "to_stage_id": stage.id,
        "to_kind": stage.kind,
        "entered_at": deal.stage_entered_at.isoformat(),
        "version": deal.version,
        **more,
    }
    if reason:
        data["lost_reason"] = reason
    return record("deal.stage_changed", actor.id, **about(deal), data=data)


def welcome(deal: Deal) -> bool:
    """Note since when the deal's account, or its person without one, is a customer: by the first
    deal won, inside a command. Returns whether that was not known before."""
    return _set_since(deal, None, _day_won(deal))


def _day_won(deal: Deal) -> date:
    return formatting.local(deal.stage_entered_at).date()


def _set_since(deal: Deal, before: date | None, after: date | None) -> bool:
    model: Any = Account if deal.account_id else Contact
    changed: Any = db.session.execute(
        update(model)
        .where(model.id == (deal.account_id or deal.contact_id))
        .where(model.customer_since.is_not_distinct_from(before))
        .values(customer_since=after, version=model.version + 1, updated_at=clock.now())
    )
    return bool(changed.rowcount)


def last_moves(deal_id: str, limit: int = 1) -> list[TimelineEntry]:
    """Return the entries of the deal's last moves, the newest first."""
    entries = (
        select(TimelineEntry)
        .where(TimelineEntry.deal_id == deal_id, TimelineEntry.kind == "deal.stage_changed")
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(entries))


def refuse_stale(actor: Viewer, deal: Deal, stage: Stage, seen: Mapping[str, Any]) -> None:
    """Raise Overtaken when a locked deal stands elsewhere than the rep saw, inside a command.

    `seen` has `version` and `from_stage_id`, either or neither, and `chosen_at` where that was
    earlier. Another version alone is no conflict while the deal stands where it stood: only another
    field was changed then. Nor, for what was chosen earlier, are the rep's own moves before it: a
    phone's second move of one day cannot know the version that its first one made.
    """
    version, from_stage_id = seen.get("version"), seen.get("from_stage_id")
    if version is None and from_stage_id is None:
        return
    if version == deal.version or deal.stage_id in (stage.id, from_stage_id):
        return
    between = _moves_since(deal, version)
    if not between and from_stage_id is None:
        return
    if between and all(_is_his_before(actor, entry, seen.get("chosen_at")) for entry in between):
        return
    raise Overtaken(deal, stage, seen.get("lost_reason"))


def stage_seen(deal: Deal, version: int | None) -> str:
    """Return the stage in which the deal stood at that version."""
    if version in (None, deal.version):
        return deal.stage_id
    moves = _moves_since(deal, version)
    return str(moves[-1].data["from_stage_id"]) if moves else deal.stage_id


def _moves_since(deal: Deal, version: int | None) -> list[TimelineEntry]:
    if version is None:
        return last_moves(deal.id)
    return [m for m in last_moves(deal.id, 50) if m.data.get("version", 0) > version]


def _is_his_before(actor: Viewer, entry: TimelineEntry, at: datetime | None) -> bool:
    chosen_at = datetime.fromisoformat(entry.data.get("chosen_at") or entry.at.isoformat())
    return entry.actor_id == actor.id and at is not None and chosen_at <= at


@command
def move_deal(actor: Viewer, deal_id: str, payload: Mapping[str, Any]) -> str | None:
    """Move a deal to a stage; return the timeline entry to undo by, or None if it stood there.

    Raises Overtaken when it stands elsewhere than `version` and `from_stage_id` say.
    """
    data = load(MoveSchema, payload)
    deal = get(actor, Deal, deal_id, lock=True)
    stage = get_stage(data["stage_id"])
    refuse_stale(actor, deal, stage, data)
    chosen_at = data.get("chosen_at")
    more = {"chosen_at": chosen_at.isoformat()} if chosen_at else {}
    return move(actor, deal, stage, data.get("lost_reason"), **more)


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
    if entry.data.get("welcomed"):
        _set_since(deal, date.fromisoformat(entry.data["welcomed"]), None)
    if entry.data.get("from_closed_at"):
        deal.closed_at = datetime.fromisoformat(entry.data["from_closed_at"])
