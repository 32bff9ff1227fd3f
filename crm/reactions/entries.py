"""Follows what happened: each awaited entry is told to whom it concerns, and waits no longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from crm import clock
from crm.alerts.kinds import AlertKind
from crm.database import command, db
from crm.deals.models import StageKind
from crm.i18n import formatting, ngettext
from crm.leads.models import Heat
from crm.leads.reasons import told
from crm.reactions.news import News, is_past, language_of, named_for, part_of, send
from crm.reactions.scene import Scene, lead_words, look_at
from crm.timeline.models import AwaitedReaction, TimelineEntry
from crm.users.crew import Reached
from crm.users.ownership import sees
from crm.users.viewer import Viewer

#: How long a hot lead waits for the one who was told, before somebody else is.
PATIENCE = timedelta(minutes=5)


@command
def follow_entries(_actor: Viewer, most: int = 100) -> int:
    """Tell of what happened whom it concerns; return how many entries were looked at.

    The rows go in the transaction that tells: nothing is lost, nothing told twice. Rows that
    another one holds are passed over.
    """
    waiting = db.session.scalars(
        select(AwaitedReaction.id)
        .order_by(AwaitedReaction.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    if not waiting:
        return 0
    entries = db.session.execute(
        select(TimelineEntry.__table__)
        .where(TimelineEntry.id.in_(waiting))
        .order_by(TimelineEntry.id)
    ).all()
    followed = [entry for entry in entries if entry.kind in _FOLLOWED]
    if followed:
        scene = look_at(followed)
        for entry in followed:
            for news in _FOLLOWED[entry.kind](entry, scene):
                send(news)
    db.session.execute(delete(AwaitedReaction).where(AwaitedReaction.id.in_(waiting)))
    return len(waiting)


def _became_hot(entry: Any, scene: Scene) -> Iterator[News]:
    lead = scene.leads.get(entry.lead_id)
    if lead and lead.heat == Heat.HOT:
        yield from _hot(entry, lead, entry, scene)


def _hot(entry: Any, lead: Any, became_hot: Any, scene: Scene) -> Iterator[News]:
    """Tell who has the lead, and who decides where nobody has it. `became_hot` is the entry that
    says why: it is the cause, so that of a lead that comes hot and is given away he hears once."""
    if is_past(AlertKind.HOT_LEAD, entry.at) or lead.owner_id == entry.actor_id:
        return
    owner = scene.crew.reach(lead.owner_id, lead, clock.now())
    for to in _but(entry, [owner] if owner else _leaders(lead, lead.team_id, scene)):
        with language_of(to.viewer):
            data = {**lead_words(lead), "line": told(became_hot.data) or lead.needs}
        yield News(
            to,
            AlertKind.HOT_LEAD,
            became_hot.id,
            f"/leads/{lead.id}",
            f"lead:{lead.id}",
            data,
            escalate_at=clock.now() + PATIENCE if owner else None,
            records={"lead_id": lead.id},
        )


def _assigned(entry: Any, scene: Scene) -> Iterator[News]:
    """Tell whom a rule or somebody gave a lead to, unless it has gone on since."""
    lead = scene.leads.get(entry.lead_id)
    if lead and lead.owner_id and lead.owner_id == entry.data["owner_id"]:
        yield from _given(entry, lead, scene)


def _changed(entry: Any, scene: Scene) -> Iterator[News]:
    lead, changed = scene.leads.get(entry.lead_id), entry.data.get("changed") or {}
    if lead and lead.owner_id and "owner_id" in changed:
        yield from _given(entry, lead, scene)


def _given(entry: Any, lead: Any, scene: Scene) -> Iterator[News]:
    if lead.heat == Heat.HOT:
        yield from _hot(entry, lead, scene.became_hot.get(lead.id, entry), scene)
        return
    to = scene.crew.reach(lead.owner_id, lead, clock.now())
    if is_past(AlertKind.LEAD_ASSIGNED, entry.at) or lead.owner_id == entry.actor_id:
        return
    for reader in _but(entry, [to]):
        yield News(
            reader,
            AlertKind.LEAD_ASSIGNED,
            entry.id,
            f"/leads/{lead.id}",
            f"lead:{lead.id}",
            {**lead_words(lead), "line": lead.needs or lead.source},
            records={"lead_id": lead.id},
        )


def _unclaimed(entry: Any, scene: Scene) -> Iterator[News]:
    lead = scene.leads.get(entry.lead_id)
    if lead is None or lead.owner_id or is_past(AlertKind.LEAD_WAITING, entry.at):
        return
    last = scene.crew.find((lead.offered_to or [None])[-1])
    offered = int(entry.data.get("offered", 0))
    for to in _but(entry, _leaders(lead, last.viewer.team_id if last else None, scene)):
        with language_of(to.viewer):
            line = ngettext(
                "%(num)s person did not take it", "%(num)s people did not take it", offered
            )
        yield News(
            to,
            AlertKind.LEAD_WAITING,
            entry.id,
            f"/leads/{lead.id}",
            f"lead:{lead.id}",
            {**lead_words(lead), "line": line},
            records={"lead_id": lead.id},
        )


def _moved(entry: Any, scene: Scene) -> Iterator[News]:
    """Tell the owner's manager that a deal was won, unless that was undone since."""
    deal = scene.deals.get(entry.deal_id)
    won = StageKind.WON.value
    if deal is None or entry.data.get("to_kind") != won or entry.data.get("undo_of"):
        return
    manager = scene.crew.manager_of(deal.team_id)
    if deal.status != won or manager is None or is_past(AlertKind.DEAL_WON, entry.at):
        return
    if manager.viewer.id in (deal.owner_id, entry.actor_id):
        return
    owner = scene.crew.find(deal.owner_id)
    for to in _but(entry, [scene.crew.reach(manager.viewer.id, deal, clock.now())]):
        if to.viewer.id == deal.owner_id:
            continue
        with language_of(to.viewer):
            amount = formatting.money(deal.amount, deal.currency) if deal.amount else ""
        parts = (owner.viewer.name if owner else "", amount)
        firm = named_for(to.viewer, company=part_of(deal, "account")).company
        data = {"name": deal.name, "company": firm, "line": " · ".join(p for p in parts if p)}
        yield News(
            to,
            AlertKind.DEAL_WON,
            entry.id,
            f"/deals/{deal.id}",
            f"deal:{deal.id}",
            data,
            records={"deal_id": deal.id},
        )


def _leaders(record: Any, team_id: str | None, scene: Scene) -> list[Reached]:
    leaders = scene.crew.leaders(team_id, clock.now())
    return [to for to in leaders if sees(to.viewer, record)]


def _but(entry: Any, readers: list[Reached | None] | list[Reached]) -> Iterator[Reached]:
    """Leave out who caused it."""
    return (to for to in readers if to is not None and to.viewer.id != entry.actor_id)


#: What is followed; `crm/timeline/record.py` says it too, as AWAITED.
_FOLLOWED: dict[str, Callable[[Any, Scene], Iterator[News]]] = {
    "lead.became_hot": _became_hot,
    "lead.assigned": _assigned,
    "lead.changed": _changed,
    "lead.unclaimed": _unclaimed,
    "deal.stage_changed": _moved,
}
