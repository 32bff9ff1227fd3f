"""Where a lead came from, in words: by what, from where, and what it agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.forms.queries import submissions_of
from crm.i18n import N_, _
from crm.leads.models import Lead
from crm.users.viewer import Viewer

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
    """Return `visits` (title, facts) and `sent` for templates/leads/_where_from.html."""
    first, last = lead.first_touch, lead.last_touch
    visits = [(_("First visit"), origin_facts(first))]
    if last and last != first:
        visits.append((_("Last visit"), origin_facts(last)))
    return {
        "visits": [(title, facts) for title, facts in visits if facts],
        "sent": submissions_of(viewer, lead.id),
    }
