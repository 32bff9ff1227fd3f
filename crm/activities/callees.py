"""Whom a row can call: the first phone of each lead and contact that the viewer may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from crm.accounts.models import Contact
from crm.database import db
from crm.leads.models import Lead
from crm.users.ownership import may_see
from crm.users.viewer import Viewer


def first_phones(
    viewer: Viewer, *, lead_ids: Iterable[str | None], contact_ids: Iterable[str | None]
) -> dict[str, str]:
    """Return a phone by the id of its lead or contact; those without one, or unseen, are left
    out."""
    return _phones(viewer, Lead, lead_ids) | _phones(viewer, Contact, contact_ids)


def _phones(viewer: Viewer, model: Any, ids: Iterable[str | None]) -> dict[str, str]:
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    rows = db.session.execute(
        select(model.id, model.phones).where(model.id.in_(wanted), may_see(model, viewer))
    )
    return {row.id: row.phones[0]["value"] for row in rows if row.phones}
