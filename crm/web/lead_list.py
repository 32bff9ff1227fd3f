"""The tab of leads in People: what its address asks for, its filter, and the words of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import request

from crm import clock
from crm.accounts.queries import ALL, MINE, TEAM
from crm.database import is_id
from crm.i18n import _, formatting
from crm.leads.lists import EVERY_LEAD, GROUPS, HEATS, NOBODY, LeadFilters, list_leads, sources_of
from crm.leads.models import HEAT_NAMES, Heat
from crm.leads.queries import scores_of
from crm.tags.queries import find_tag
from crm.users.owners import assignable
from crm.users.viewer import Viewer
from crm.web.rendering import with_query

#: What of an address narrows the list.
NAMES = ("whose", "heat", "age", "source", "tag", "archived")
#: How many days back an age reaches; today is one.
AGES = {"today": 1, "week": 7, "month": 30}
OLDER = "older"


class Group(NamedTuple):
    """One line of the filter: chips (url, label, is_on), or a list to choose from."""

    label: str
    chips: Sequence[tuple[str, str, bool]] = ()
    field: str = ""
    options: Sequence[tuple[str, str]] = ()
    chosen: str = ""


def wanted(me: Viewer, args: Mapping[str, str]) -> LeadFilters:
    """Return what an address asks for; nonsense asks for nothing."""
    whose, tag = args.get("whose", ALL), find_tag(args.get("tag"))
    is_known = whose in (MINE, TEAM, NOBODY) or (me.is_manager and is_id(whose))
    since, until = _span(me, args.get("age", ""))
    return LeadFilters(
        whose=whose if is_known else ALL,
        tag_id=tag.id if tag else None,
        archived=bool(args.get("archived")),
        group=args["group"] if args.get("group") in GROUPS else EVERY_LEAD.group,
        heat=args["heat"] if args.get("heat") in HEATS else None,
        since=since,
        until=until,
        source=args.get("source", "").strip()[:200] or None,
    )


def _span(me: Viewer, age: str) -> tuple[datetime | None, datetime | None]:
    today = formatting.local(clock.now()).date()
    days = AGES.get(age) or (AGES["month"] if age == OLDER else None)
    if days is None:
        return None, None
    begin, _end = formatting.day_bounds(today - timedelta(days=days - 1), me.locale.tz)
    return (None, begin) if age == OLDER else (begin, None)


def listed(me: Viewer, args: Mapping[str, str], after: str | None, limit: int) -> Sequence[Any]:
    """Return the rows of a page, as `list_leads` does."""
    return list_leads(me, wanted(me, args), after, limit)


def scores(rows: Sequence[Any]) -> dict[str, int]:
    """Return the points of each as they are now."""
    return {lead: score.points for lead, score in scores_of(rows, clock.now()).items()}


def more_of(me: Viewer, row: Any) -> str:
    """Return what a row says besides name and company: what to do, how old, where from, whose."""
    owner = row.owner_name if row.owner_id else _("Nobody’s")
    parts = (
        _("To type") if row.card_at else None,
        formatting.ago(row.created_at, clock.now()),
        row.source,
        None if row.owner_id == me.id else owner,
    )
    return " · ".join(part for part in parts if part)


def filter_of(me: Viewer, args: Mapping[str, str]) -> dict[str, Any]:
    """Return the filter: its groups, and how many of them narrow the list."""
    groups = [
        _statuses(bool(args.get("archived"))),
        _chips(_("Heat"), "heat", "", [("", _("Any")), *_heats()]),
        _chips(_("Came in"), "age", "", _ages()),
        _chips(_("Whose"), "whose", ALL, _whose(me)),
    ]
    if me.is_manager:
        people = [("", _("Anybody")), *assignable(me)]
        groups.append(Group(_("Owner"), (), "whose", people, args.get("whose", "")))
    chosen = args.get("source", "")
    sources = sorted({*sources_of(me), *([chosen] if chosen else [])})
    if sources:
        named = [("", _("Any source")), *((source, source) for source in sources)]
        groups.append(Group(_("Source"), (), "source", named, chosen))
    return {"groups": groups, "count": sum(1 for name in (*NAMES, "group") if args.get(name))}


def _chips(label: str, name: str, default: str, options: Sequence[tuple[str, str]]) -> Group:
    now = request.args.get(name) or default
    chips = [
        (
            with_query(**{name: None if value == default else value, "after": None}),
            text,
            now == value,
        )
        for value, text in options
    ]
    return Group(label, chips)


def _statuses(archived: bool) -> Group:
    """Return the statuses, and beside them what was put away whatever its status."""
    labels = {"open": _("Still open"), "later": _("Later"), "closed": _("Closed")}
    now = None if archived else request.args.get("group") or "open"
    chips = [
        (
            with_query(group=None if value == "open" else value, archived=None, after=None),
            text,
            now == value,
        )
        for value, text in labels.items()
    ]
    away = with_query(archived="1", group=None, after=None)
    return Group(_("Status"), [*chips, (away, _("The archive"), archived)])


def _heats() -> list[tuple[str, str]]:
    return [(heat, _(HEAT_NAMES[Heat(heat)])) for heat in HEATS]


def _ages() -> list[tuple[str, str]]:
    return [
        ("", _("Any time")),
        ("today", _("Today")),
        ("week", _("7 days")),
        ("month", _("30 days")),
        (OLDER, _("Older")),
    ]


def _whose(me: Viewer) -> list[tuple[str, str]]:
    team = [(TEAM, _("Team’s"))] if me.team_ids else []
    return [(ALL, _("Everyone’s")), (MINE, _("Mine")), *team, (NOBODY, _("Nobody’s"))]
