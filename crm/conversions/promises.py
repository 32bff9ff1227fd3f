"""What is promised to a lead goes along to what it becomes, and comes back with it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from crm import clock
from crm.activities.models import Activity
from crm.database import db

_OPEN = (Activity.done_at.is_(None), Activity.archived_at.is_(None))
_AT_ONCE = {"synchronize_session": False}


def hold_promises(lead_id: str) -> None:
    """Lock what is promised to a lead: before the lead itself, as whoever keeps a promise does."""
    held = select(Activity.id).where(Activity.lead_id == lead_id, *_OPEN)
    db.session.execute(held.order_by(Activity.id).with_for_update()).all()


def hand_promises_on(lead_id: str, **links: str | None) -> list[str]:
    """Link the open promises that are the lead's alone to what it became; return their ids.

    They stay the lead's too, so that its page and its score go on telling the truth.
    """
    alone = (Activity.contact_id, Activity.account_id, Activity.deal_id)
    ids = db.session.scalars(
        select(Activity.id).where(
            Activity.lead_id == lead_id, *_OPEN, *(column.is_(None) for column in alone)
        )
    ).all()
    _link(ids, **links)
    return list(ids)


def take_promises_back(lead_id: str, ids: Sequence[str], kinds: Sequence[str]) -> None:
    """Unlink the promises that are still open from what the lead became, of these kinds."""
    mine = select(Activity.id).where(Activity.lead_id == lead_id, Activity.id.in_(ids), *_OPEN)
    _link(db.session.scalars(mine).all(), **{f"{kind}_id": None for kind in kinds})


def _link(ids: Sequence[str], **links: str | None) -> None:
    if ids and links:
        moved = update(Activity).where(Activity.id.in_(ids))
        values = {**links, "updated_at": clock.now()}
        db.session.execute(moved.values(values).execution_options(**_AT_ONCE))
