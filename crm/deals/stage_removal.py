"""Taking a stage away: the deals that stand in it move, each with its line in the history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from crm import clock, errors
from crm.database import command, db, new_id
from crm.deals.models import Deal, Stage, StageKind
from crm.deals.pipelines import count_open_deals, get_open_stage, get_pipeline
from crm.deals.stages import stages_of
from crm.i18n import _
from crm.schema import Key, Schema, load
from crm.timeline.models import TimelineEntry
from crm.timeline.record import record, show_followers
from crm.users.viewer import Viewer

_BATCH = 500


class RemovalSchema(Schema):
    to_stage_id = Key()


@command
def remove_stage(actor: Viewer, stage_id: str, payload: Mapping[str, Any]) -> int:
    """Remove an open stage; its deals move to `to_stage_id`, each with its entry. Return how many.

    Raises Conflict for won, lost and the last open stage, ValidationError without a stage for
    deals that stand there.
    """
    stage = get_open_stage(actor, stage_id)
    get_pipeline(actor, stage.pipeline_id, lock=True)
    # Who moves a deal here just now is waited for; who comes later finds the stage gone.
    db.session.refresh(stage, with_for_update=True)
    if stage.kind != StageKind.OPEN:
        raise errors.Conflict(_("Every pipeline needs won and lost."))
    others = [
        s for s in stages_of(stage.pipeline_id) if s.kind == StageKind.OPEN and s.id != stage.id
    ]
    if not others:
        raise errors.Conflict(_("A pipeline needs one open stage at least."))
    wanted = load(RemovalSchema(), payload).get("to_stage_id")
    target = next((s for s in others if s.id == wanted), None)
    moved = 0
    if count_open_deals(actor, stage_id=stage.id):
        if target is None:
            raise errors.ValidationError({"to_stage_id": [_("Choose where its deals go.")]})
        moved = _move_all(actor, stage, target)
    stage.archived_at = clock.now()
    record(
        "stage.removed",
        actor.id,
        data={
            "stage_id": stage.id,
            "name": stage.name,
            "moved": moved,
            "to_stage_id": target.id if target else None,
        },
    )
    return moved


def _move_all(actor: Viewer, stage: Stage, target: Stage) -> int:
    now = clock.now()
    deals = db.session.execute(
        select(Deal.id, Deal.account_id, Deal.contact_id, Deal.stage_entered_at, Deal.version)
        .where(Deal.stage_id == stage.id, Deal.status == StageKind.OPEN)
        .with_for_update()
    ).all()
    entries = [_moved(actor, deal, stage, target, now) for deal in deals]
    for start in range(0, len(entries), _BATCH):
        db.session.execute(
            insert(TimelineEntry.__table__),  # type: ignore[arg-type]
            entries[start : start + _BATCH],
        )
    show_followers(entries)
    db.session.execute(
        update(Deal)
        .where(Deal.stage_id == stage.id, Deal.status == StageKind.OPEN)
        .values(stage_id=target.id, stage_entered_at=now, updated_at=now, version=Deal.version + 1)
        .execution_options(synchronize_session=False)
    )
    return len(deals)


def _moved(actor: Viewer, deal: Any, stage: Stage, target: Stage, now: datetime) -> dict[str, Any]:
    """Return the entry that moving this one deal by hand would have written."""
    return {
        "id": new_id(),
        "kind": "deal.stage_changed",
        "at": now,
        "actor_id": actor.id,
        "account_id": deal.account_id,
        "contact_id": deal.contact_id,
        "deal_id": deal.id,
        "lead_id": None,
        "user_id": None,
        "activity_id": None,
        "data": {
            "from_stage_id": stage.id,
            "from_entered_at": deal.stage_entered_at.isoformat(),
            "from_lost_reason": None,
            "from_closed_at": None,
            "seconds": int((now - deal.stage_entered_at).total_seconds()),
            "to_stage_id": target.id,
            "to_kind": target.kind,
            "entered_at": now.isoformat(),
            "version": deal.version + 1,
            "because": "stage.removed",
        },
    }
