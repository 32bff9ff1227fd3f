"""Someone leaves: his records, open deals and promises go to another, what he did stays his."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select, true, update

from crm import clock, errors
from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.captures.models import Decision
from crm.database import command, db
from crm.deals.models import Deal, StageKind
from crm.i18n import _
from crm.leads.models import Lead
from crm.schema import Flag, Key, Schema, load
from crm.search import index
from crm.timeline.record import record
from crm.users.commands import deactivate, lock_user
from crm.users.models import Role, Team, User
from crm.users.viewer import Viewer, require_admin

OWNED: tuple[Any, ...] = (Account, Contact, Lead, Deal, Activity)


class HandoverSchema(Schema):
    to_user_id = Key(required=True)
    deactivate = Flag(load_default=False)


def _moving() -> dict[str, tuple[Any, ColumnElement[bool]]]:
    """What goes along: closed deals and done activities stay with who did them."""
    return {
        "accounts": (Account, true()),
        "contacts": (Contact, true()),
        "leads": (Lead, true()),
        "deals": (Deal, Deal.status == StageKind.OPEN),
        "activities": (Activity, Activity.done_at.is_(None) & Activity.archived_at.is_(None)),
    }


def count_handover(viewer: Viewer, user_id: str) -> dict[str, int]:
    """Return how many accounts, contacts, leads, deals and activities would go along."""
    require_admin(viewer)
    counts = {
        name: select(func.count())
        .select_from(model)
        .where(model.owner_id == user_id, also)
        .scalar_subquery()
        .label(name)
        for name, (model, also) in _moving().items()
    }
    row = db.session.execute(select(*counts.values())).one()
    return {name: int(getattr(row, name)) for name in counts}


@command
def hand_over(actor: Viewer, user_id: str, payload: Mapping[str, Any]) -> dict[str, int]:
    """Give a person's accounts, contacts, leads, open deals and promises to another.

    With `deactivate` he is stopped in the same step. Returns the counts. What he did keeps his
    name. Raises ValidationError, and Conflict for oneself or the last admin when deactivating.
    """
    leaver = lock_user(actor, user_id)
    data = load(HandoverSchema(), payload)
    heir = db.session.get(User, data["to_user_id"])
    if heir is None or not heir.is_active or heir.id == leaver.id:
        raise errors.ValidationError({"to_user_id": [_("Choose someone else who is active.")]})
    counts = {
        name: _give(model, also, leaver.id, heir) for name, (model, also) in _moving().items()
    }
    _give_search(leaver, heir)
    open_ones = (Decision.user_id == leaver.id, Decision.resolved_at.is_(None))
    db.session.execute(update(Decision).where(*open_ones).values(user_id=heir.id))
    if heir.role != Role.REP:
        db.session.execute(
            update(Team).where(Team.manager_id == leaver.id).values(manager_id=heir.id)
        )
    record(
        "user.handed_over",
        actor.id,
        user_id=leaver.id,
        data={"to_user_id": heir.id, "to_name": heir.name, "counts": counts},
    )
    if data["deactivate"]:
        deactivate(actor, leaver)
    return counts


def _give(model: Any, also: ColumnElement[bool], from_id: str, heir: User) -> int:
    given: Any = db.session.execute(
        update(model)
        .where(model.owner_id == from_id, also)
        .values(
            owner_id=heir.id,
            team_id=heir.team_id,
            updated_at=clock.now(),
            version=model.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    return int(given.rowcount)


def _give_search(leaver: User, heir: User) -> None:
    """What he is found by follows, without his closed deals: they stay his."""
    closed = select(Deal.id).where(Deal.owner_id == leaver.id)
    index.hand_over(leaver.id, heir.id, heir.team_id, besides=closed)
