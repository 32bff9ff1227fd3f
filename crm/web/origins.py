"""Puts into words where somebody came from: the first touch and the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from crm.forms.queries import submissions_of
from crm.i18n import N_, _, formatting
from crm.leads.models import Lead
from crm.leads.queries import leads_of
from crm.users.viewer import Viewer
from crm.web.overview import today


def came_by(touch: dict[str, Any] | None) -> str:
    """Return a campaign with its source and medium, else the site that pointed here."""
    said = touch or {}
    way = " / ".join(str(said[name]) for name in ("utm_source", "utm_medium") if said.get(name))
    parts = [str(said.get("utm_campaign") or ""), way, str(said.get("utm_term") or "")]
    if not any(parts):
        parts = [_host(said.get("referrer")) or str(said.get("landing") or "")]
    return " · ".join(part for part in parts if part)


def _host(address: Any) -> str:
    try:
        return urlsplit(str(address or "")).hostname or ""
    except ValueError:
        return ""


@dataclass(frozen=True)
class Came:
    """A lead that a record came of: a row of its page."""

    url: str
    parts: list[str]


def came_as(viewer: Viewer, **record_id: str) -> list[Came]:
    """Return the leads that a contact, account or deal came of, as the viewer may see them."""
    return [_came(row) for row in leads_of(viewer, limit=3, **record_id)]


def _came(row: Any) -> Came:
    day = formatting.date(formatting.local(row.created_at).date(), today=today(), weekday=False)
    parts = [
        _(
            "score %(score)s",
            score=formatting.number((row.conversion or {}).get("score", row.score)),
        ),
        row.source or "",
        came_by(row.first_touch),
        day,
    ]
    if row.last_touch and row.last_touch != row.first_touch:
        parts.append(_("last by %(way)s", way=came_by(row.last_touch)))
    return Came(f"/leads/{row.id}", [part for part in parts if part])


#: In the order of the page; what is unknown is left out.
_NAMES = {
    "utm_source": N_("Source"),
    "utm_medium": N_("Medium"),
    "utm_campaign": N_("Campaign"),
    "utm_term": N_("Keyword"),
    "utm_content": N_("Advertisement"),
    "referrer": N_("Came from"),
    "landing": N_("First page"),
}


def origin_facts(origin: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return what is known of one visit: pairs of name and value."""
    known = origin or {}
    return [(_(name), str(known[key])) for key, name in _NAMES.items() if known.get(key)]


def where_from(viewer: Viewer, lead: Lead) -> dict[str, Any]:
    """Return `origins` (title, facts) and `sent` for templates/leads/_where_from.html."""
    first, last = lead.first_touch, lead.last_touch
    seen = [(_("First visit"), origin_facts(first))]
    if last and last != first:
        seen.append((_("Last visit"), origin_facts(last)))
    return {
        "origins": [(title, facts) for title, facts in seen if facts],
        "sent": submissions_of(viewer, lead.id),
    }
