"""Choices that wait on a person: which of two values a record shall have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm import clock, errors
from crm.activities.models import Activity
from crm.captures.bodies import MINE, THEIRS
from crm.captures.contests import describe
from crm.captures.edits import FAMILIES, TYPED, says
from crm.captures.models import Decision
from crm.database import command, db, is_id
from crm.deals.commands import move_deal
from crm.deals.models import Deal, Stage
from crm.i18n import _
from crm.timeline.record import record
from crm.users.models import User
from crm.users.ownership import get, visible
from crm.users.viewer import Viewer

MOST_SHOWN = 20
#: What another table says is not asked for row by row.
_ELSEWHERE = ("tags", *TYPED)


@dataclass(frozen=True)
class OpenDecision:
    """One that waits, as its card shows it."""

    id: str
    name: str
    url: str
    label: str
    yours: str
    theirs: str
    words: str


def open_decisions(viewer: Viewer) -> Sequence[OpenDecision]:
    """Return what waits for the viewer's choice, the oldest first.

    Left out are those of records that he no longer sees or that were put away, of meetings taken
    back since, and where the record has come to say what he wanted.
    """
    rows = db.session.scalars(
        select(Decision)
        .outerjoin(Activity, Activity.id == Decision.activity_id)
        .where(
            Decision.user_id == viewer.id,
            Decision.resolved_at.is_(None),
            Activity.withdrawn_at.is_(None),
        )
        .order_by(Decision.created_at, Decision.id)
    ).all()
    records = _records_of(viewer, rows)
    # Cut only now: those left out are never closed, and would keep the later ones away for ever.
    waiting = [
        row
        for row in rows
        if row.record_id in records and not _is_settled(viewer, row, records[row.record_id])
    ][:MOST_SHOWN]
    _names = _named_in(waiting)
    return [_shown(viewer, row, records[row.record_id]) for row in waiting]


def _records_of(viewer: Viewer, rows: Sequence[Decision]) -> dict[str, Any]:
    """Return the records that the viewer sees, by id: a query for each kind, not for each row."""
    found: dict[str, Any] = {}
    for kind in {row.record for row in rows}:
        model = FAMILIES[kind].model
        ids = [row.record_id for row in rows if row.record == kind]
        seen = db.session.scalars(visible(viewer, model).where(model.id.in_(ids)))
        found |= {record.id: record for record in seen}
    return found


def _named_in(rows: Sequence[Decision]) -> list[Any]:
    """Return the stages and people that the words will name: held, they are not asked for again."""
    said = [side for row in rows if row.field == "stage" for side in (row.yours, row.theirs)]
    people = {name for row in rows for name in (row.theirs_by_id, row.author_id) if name}
    wanted = [(Stage, [side["value"] for side in said]), (User, sorted(people))]
    return [
        held
        for model, ids in wanted
        if ids
        for held in db.session.scalars(select(model).where(model.id.in_(ids)))  # type: ignore[attr-defined]
    ]


def _is_settled(viewer: Viewer, decision: Decision, about: Any) -> bool:
    """Whether the record has come to say what was wanted, as far as its own row tells."""
    return decision.field not in _ELSEWHERE and _says(viewer, decision, about, decision.yours)


def _says(viewer: Viewer, decision: Decision, about: Any, side: dict[str, Any]) -> bool:
    return says(viewer, decision.record, about, decision.field, side)


def _shown(viewer: Viewer, decision: Decision, about: Any) -> OpenDecision:
    said = describe(viewer, decision)
    named = {name: said[name] for name in ("id", "label", "yours", "theirs", "words")}
    return OpenDecision(name=about.name, url=f"/{decision.record}s/{about.id}", **named)


@command
def resolve_decision(actor: Viewer, decision_id: str, keep: str) -> dict[str, str]:
    """Give the record the value that was chosen ("mine" or "theirs"), as a change of its own.

    The other value stays with the decision, which can be made anew at any time; the same choice
    twice changes nothing. Returns the decision in words. Raises NotFound for another's decision or
    a record out of sight, Conflict for a stage that is gone or where the record says a third value
    by now, ValidationError for a value that no longer fits.
    """
    if keep not in (MINE, THEIRS):
        raise errors.ValidationError({"keep": [_("Choose one of those offered.")]})
    decision = _locked(actor, decision_id)
    family = FAMILIES[decision.record]
    about = get(actor, family.model, decision.record_id, lock=True)
    before = decision.kept
    if keep != before and MINE in (keep, before):
        sides = (decision.yours, decision.theirs)
        if not any(_says(actor, decision, about, side) for side in sides):
            raise errors.Conflict(_("Someone else changed this meanwhile. Look again."))
        _give(actor, decision, decision.yours if keep == MINE else decision.theirs)
    said = describe(actor, decision)
    if keep != before:
        decision.kept, decision.resolved_at = keep, clock.now()
        _note(actor, decision, keep)
    return {name: said[name] for name in ("yours", "theirs", "words")}


def _locked(actor: Viewer, decision_id: str) -> Decision:
    wanted = select(Decision).where(Decision.id == decision_id, Decision.user_id == actor.id)
    held = wanted.with_for_update().execution_options(populate_existing=True)
    decision = db.session.scalars(held).first() if is_id(decision_id) else None
    if decision is None:
        raise errors.NotFound
    return decision


def _give(actor: Viewer, decision: Decision, said: dict[str, Any]) -> None:
    if decision.field == "stage":
        wanted = {"stage_id": said["value"], "lost_reason": said.get("lost_reason")}
        try:
            move_deal.inside(actor, decision.record_id, wanted)
        except errors.NotFound:
            raise errors.Conflict(_("That stage is no longer there.")) from None
        return
    value = {decision.field: said["value"]}
    currency = {"currency": said["currency"]} if said.get("currency") else {}
    FAMILIES[decision.record].update.inside(actor, decision.record_id, value | currency)


def _note(actor: Viewer, decision: Decision, keep: str) -> None:
    kept, other = decision.yours, decision.theirs
    if keep == THEIRS:
        kept, other = other, kept
    about: dict[str, Any] = {f"{decision.record}_id": decision.record_id}
    if decision.record == "deal":
        deal = get(actor, Deal, decision.record_id)
        about |= {"account_id": deal.account_id, "contact_id": deal.contact_id}
    data = {"field": decision.field, "kept": kept, "other": other, "decision_id": decision.id}
    record("decision.made", actor.id, data=data, **about)
