"""What a phone looks up to name the person or the deal of a capture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from crm.accounts.models import Account, Contact
from crm.database import db
from crm.deals.models import Deal, Stage
from crm.deals.queries import AROUND_DEAL
from crm.deals.stages import all_pipelines, stage_labels, stages_of
from crm.search.queries import search
from crm.users.ownership import may_see, with_visible
from crm.users.viewer import Viewer

MOST = 50
_CONTACTS: Any = select(
    Contact.id,
    Contact.name,
    Contact.phones,
    Contact.job_title,
    Account.id.label("account_id"),
    Account.name.label("account_name"),
).where(Contact.archived_at.is_(None))
_DEALS: Any = select(
    Deal.id,
    Deal.name,
    Deal.stage_id,
    Deal.status,
    Deal.amount,
    Deal.currency,
    Deal.version,
    Account.id.label("account_id"),
    Account.name.label("account_name"),
    Contact.id.label("contact_id"),
    Contact.name.label("contact_name"),
).where(Deal.archived_at.is_(None))

_AROUND: dict[Any, tuple[tuple[Any, Any], ...]] = {
    Contact: ((Account, Contact.account_id),),
    Deal: AROUND_DEAL,
}


def _rows(viewer: Viewer, model: Any, rows: Select[Any], text: str, limit: int) -> Sequence[Any]:
    """Return the rows that match, best first; without words those last touched."""
    rows = rows.select_from(model).where(may_see(model, viewer))
    rows = with_visible(rows, viewer, *_AROUND[model])
    if not text.strip():
        latest = (model.last_activity_at.desc().nulls_last(), model.id.desc())
        return db.session.execute(rows.order_by(*latest).limit(limit)).all()
    hits = search(viewer, text, (model.__tablename__,), limit)
    order = {hit.record_id: n for n, hit in enumerate(hits)}
    found = db.session.execute(rows.where(model.id.in_(list(order)))).all()
    return sorted(found, key=lambda row: order[row.id])


def _named(record_id: str | None, name: str | None) -> dict[str, str | None] | None:
    return {"id": record_id, "name": name} if record_id else None


def visible_contacts(viewer: Viewer, text: str, limit: int = 20) -> list[dict[str, Any]]:
    """Return contacts found by name, company or phone: id, name, phone, job_title, account."""
    return [
        {
            "id": row.id,
            "name": row.name,
            "job_title": row.job_title,
            "phone": row.phones[0]["value"] if row.phones else None,
            "account": _named(row.account_id, row.account_name),
        }
        for row in _rows(viewer, Contact, _CONTACTS, text, limit)
    ]


def visible_deals(viewer: Viewer, text: str, limit: int = 20) -> list[dict[str, Any]]:
    """Return deals found by name, company or person, with the stage and version to move them by."""
    labels = stage_labels()
    return [
        {
            "id": row.id,
            "name": row.name,
            "status": row.status,
            "version": row.version,
            "stage": _named(row.stage_id, labels.get(row.stage_id)),
            "amount": row.amount,
            "currency": row.currency,
            "account": _named(row.account_id, row.account_name),
            "contact": _named(row.contact_id, row.contact_name),
        }
        for row in _rows(viewer, Deal, _DEALS, text, limit)
    ]


def pipelines() -> list[dict[str, Any]]:
    """Return the pipelines in use with their stages in order, named in the reader's language."""
    return [
        {"id": p.id, "name": p.label, "stages": [_stage(s) for s in stages_of(p.id)]}
        for p in all_pipelines()
    ]


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "id": stage.id,
        "name": stage.label,
        "kind": stage.kind,
        "probability": stage.probability,
    }
