"""How a lead's fields are written, whoever writes them: by hand, by itself, from a file."""

from __future__ import annotations

from typing import Any

from crm import records
from crm.accounts.commands import search_words
from crm.database import db
from crm.i18n import fold
from crm.leads.models import Lead, LeadStatus
from crm.search import index
from crm.tags.queries import tags_of
from crm.tags.tagging import set_tags


def index_lead(lead: Lead) -> None:
    """Write the lead's line of search, or take it away, inside a command."""
    if lead.archived_at is not None or lead.status == LeadStatus.CONVERTED:
        index.forget(lead.id)
        return
    index.put(
        "lead",
        lead.id,
        lead.owner_id,
        lead.team_id,
        lead.name,
        lead.company or "",
        search_words(lead),
    )


def save(lead: Lead, data: dict[str, Any], version: int | None) -> dict[str, list[Any]]:
    """Set a lead's fields and tags, inside a command; return what changed, as `records.change`."""
    tags = data.pop("tags", None)
    if "name" in data:
        data["name_folded"] = fold(data["name"])
    if "heat" in data:
        data["heat_by_hand"] = data.pop("heat")
    if data.get("status") is None:
        data.pop("status", None)
    changed = records.change(lead, data, version)
    changed.pop("name_folded", None)
    db.session.flush()
    if tags is not None and tags != tags_of(lead.id):
        changed["tags"] = [tags_of(lead.id), tags]
        set_tags(lead.id, tags)
    return changed
