"""What happened to a lead, in words: how it came, warmed, was given on and became a customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crm.i18n import _, formatting, ngettext
from crm.leads.commands import DISQUALIFIED_REASONS
from crm.leads.reasons import told
from crm.leads.touches import HEAT_KINDS
from crm.web.conversions import said_of
from crm.web.history import Words, changed, plain


def _heated(title: Callable[[], str], tone: str = "") -> Any:
    return lambda row, _stages: (
        _("%(what)s: %(score)s", what=title(), score=formatting.number(row.data["score"])),
        "flame",
        tone,
    )


def _visited(row: Any, _stages: Any) -> Words:
    pages = row.data.get("pages", 0)
    said = ngettext("%(num)s page", "%(num)s pages", pages)
    title = _("Visited the website: %(pages)s", pages=said) if pages else _("Visited the website")
    return title, "link", "plum"


def _came(title: Callable[[], str]) -> Any:
    """Say by which form it came, if by one."""

    def words(row: Any, _stages: Any) -> Words:
        form = row.data.get("form")
        said = _("%(what)s: %(form)s", what=title(), form=form) if form else title()
        return said, "flame", "heat"

    return words


def _assigned(row: Any, _stages: Any) -> Words:
    why = {
        "round_robin": _("in turn"),
        "least_load": _("fewest open leads"),
        "passed_on": _("not taken in time"),
    }.get(row.data.get("why", ""), "")
    said = " · ".join(part for part in (row.data.get("rule", ""), why) if part)
    return _("Given to %(name)s: %(why)s", name=row.data["owner"], why=said), "handover", "plum"


def _disqualified(row: Any, _stages: Any) -> Words:
    reason = DISQUALIFIED_REASONS.get(row.data.get("reason", ""), "")
    said = _(reason) if reason else ""
    return _("Disqualified: %(why)s", why=said), "close", "late"


LEAD_WORDS: dict[str, Callable[[Any, dict[str, str]], Words]] = {
    "lead.captured": _came(lambda: _("Lead captured")),
    "lead.let_in": plain(lambda: _("Let in from what looked odd"), "check"),
    "lead.changed": changed,
    "lead.disqualified": _disqualified,
    "lead.became_hot": _heated(lambda: _("Hot now"), "heat"),
    "lead.became_warm": _heated(lambda: _("Warm now"), "plum"),
    "lead.became_cold": _heated(lambda: _("Cold now")),
    "lead.visited": _visited,
    "lead.returned": _came(lambda: _("Came again")),
    "lead.reopened": plain(lambda: _("Followed up again"), "restore"),
    "lead.conversion_undone": plain(lambda: _("A lead again"), "undo"),
    "lead.assigned": _assigned,
    "lead.escalated": lambda row, _stages: (
        _("Nobody had opened it: %(name)s was told", name=row.data.get("to", "?")),
        "bell",
        "late",
    ),
    "lead.claimed": plain(lambda: _("Taken"), "check", "good"),
    "lead.unclaimed": plain(lambda: _("Nobody took it: it is nobody’s now"), "clock", "late"),
    "lead.converted": plain(lambda: _("Became a customer"), "check", "good"),
    "lead.archived": plain(lambda: _("Archived"), "archive"),
    "lead.restored": plain(lambda: _("Brought back"), "restore"),
}
LEAD_NOTES: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(HEAT_KINDS.values(), lambda row: told(row.data)),
    "lead.conversion_undone": lambda row: " ".join(
        [row.actor_name or "", *said_of(row.data.get("stays", {}))]
    ),
    "lead.visited": lambda row: " · ".join(row.data.get("seen", ())),
}
