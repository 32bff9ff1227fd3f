"""People: search as one types, and the lists of contacts, accounts and leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from crm.accounts import queries
from crm.accounts.models import Account, Contact
from crm.accounts.queries import ALL, MINE, PAGE, TEAM, Filters
from crm.database import is_id
from crm.i18n import _, formatting
from crm.leads.models import Lead
from crm.leads.queries import heats_of
from crm.search.queries import latest, search
from crm.tags.queries import all_tags, find_tag
from crm.users.viewer import Viewer
from crm.web import lead_list
from crm.web.rendering import is_partial, render, viewer, with_query
from crm.web.today import first_phone

blueprint = Blueprint("people", __name__)
TABS = {
    "all": ("contact", "account", "lead"),
    "contacts": ("contact",),
    "accounts": ("account",),
    "leads": ("lead",),
}
#: Whom twenty-five rows do not show is found by one more letter.
FOUND = 25
#: What only leads are narrowed by, or differs from one tab to another.
_DROPPED = ("after", "group", "heat", "age", "source")
_MODELS: dict[str, Any] = {"contact": Contact, "account": Account, "lead": Lead}


class PersonRow(NamedTuple):
    """A row of the list; plain, because there are fifty of them on a page."""

    url: str
    name: str
    initials: str
    sub: str
    kind: str
    phone: str | None
    heat: str
    score: int | None
    more: str


def _row(
    kind: str,
    record_id: str,
    name: str,
    sub: str | None,
    phone: str | None,
    heat: str = "",
    score: int | None = None,
    more: str = "",
) -> PersonRow:
    return PersonRow(
        f"/{kind}s/{record_id}",
        name,
        formatting.initials(name),
        sub or "",
        kind,
        phone,
        heat,
        score,
        more,
    )


@blueprint.get("/people")
def index() -> Response:
    """Everybody one may see: found by any word, else the newest or by name."""
    me, tab = viewer(), request.args.get("tab", "all")
    tab = tab if tab in TABS else "all"
    q = request.args.get("q", "").strip()[:200]
    rows, more_url = (_found(me, q, tab), None) if q else _listed(me, tab)
    if is_partial():
        return render(
            "people/index.html",
            "people/_rows.html",
            rows=rows,
            more_url=more_url,
            q=q,
            tab=tab,
            is_filtered=_is_filtered(),
        )
    return render(
        "people/index.html",
        rows=rows,
        more_url=more_url,
        q=q,
        tab=tab,
        tabs=_tabs(tab),
        new_url=_new_url(tab),
        is_filtered=_is_filtered(),
        filters=None if q or tab == "all" else _filter_chips(me, tab),
    )


def _found(me: Viewer, q: str, tab: str) -> list[PersonRow]:
    # Who searches everything may mean a deal; the lists are of people and firms.
    types = (*TABS["all"], "deal") if tab == "all" else TABS[tab]
    hits = search(me, q, types, FOUND)
    return _with_phones([(h.record_type, h.record_id, h.title, h.subtitle) for h in hits])


def _with_phones(found: Sequence[tuple[str, str, str, str]]) -> list[PersonRow]:
    ids: dict[str, list[str]] = {}
    for kind, record_id, *_rest in found:
        ids.setdefault(kind, []).append(record_id)
    reach = {
        i: row
        for kind, some in ids.items()
        if kind in _MODELS
        for i, row in queries.reach_of(some, _MODELS[kind]).items()
    }
    heats = heats_of(ids.get("lead", []))
    return [
        _row(
            kind,
            record_id,
            name,
            sub,
            first_phone(reach[record_id].phones) if record_id in reach else None,
            heats.get(record_id, ""),
        )
        for kind, record_id, name, sub in found
    ]


def _listed(me: Viewer, tab: str) -> tuple[list[PersonRow], str | None]:
    after = request.args.get("after", "")
    if tab == "all":
        before = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
        found = latest(me, TABS["all"], before, PAGE + 1)
        rows = _with_phones([tuple(row[1:5]) for row in found[:PAGE]])
        return rows, _more(found, "row_id")
    last = after if is_id(after) else None
    filters = _filters()
    if tab == "contacts":
        found = queries.list_contacts(me, filters, last, PAGE + 1)
        rows = [
            _row("contact", r.id, r.name, r.account_name or r.job_title, r.phone)
            for r in found[:PAGE]
        ]
    elif tab == "accounts":
        found = queries.list_accounts(me, filters, last, PAGE + 1)
        rows = [_row("account", r.id, r.name, r.city or r.industry, r.phone) for r in found[:PAGE]]
    else:
        found = lead_list.listed(me, request.args, last, PAGE + 1)
        scores = lead_list.scores(found[:PAGE])
        rows = [
            _row(
                "lead",
                r.id,
                r.name,
                r.company or r.job_title,
                r.phone,
                r.heat,
                scores[r.id],
                lead_list.more_of(me, r),
            )
            for r in found[:PAGE]
        ]
    return rows, _more(found, "id")


def _more(found: Sequence[Any], key: str) -> str | None:
    return with_query(after=getattr(found[PAGE - 1], key)) if len(found) > PAGE else None


def _filters() -> Filters:
    whose = request.args.get("whose", ALL)
    tag = find_tag(request.args.get("tag"))
    return Filters(
        whose if whose in (MINE, TEAM) else ALL,
        tag.id if tag else None,
        bool(request.args.get("archived")),
    )


def _is_filtered() -> bool:
    return any(request.args.get(name) for name in lead_list.NAMES)


def _tabs(tab: str) -> list[tuple[str, str, bool]]:
    labels = {
        "all": _("All"),
        "contacts": _("Contacts"),
        "accounts": _("Accounts"),
        "leads": _("Leads"),
    }
    q = request.args.get("q") or None
    return [
        (
            with_query(
                tab=None if key == "all" else key,
                q=q,
                **dict.fromkeys(_DROPPED if q is None else (*_DROPPED, *lead_list.NAMES)),
            ),
            label,
            key == tab,
        )
        for key, label in labels.items()
    ]


def _new_url(tab: str) -> str:
    return {"accounts": "/accounts/new", "leads": "/leads/new"}.get(tab, "/contacts/new")


def _filter_chips(me: Viewer, tab: str) -> dict[str, Any]:
    """Return the filters as links: whose, which leads, put away; and the tags to choose from."""
    args = request.args

    def chip(label: str, name: str, value: str | None, default: str | None = None) -> Any:
        url = with_query(**{name: value, "after": None})
        return url, label, (args.get(name) or default) == (value or default)

    chips: list[Any] = []
    if tab != "leads" and (me.is_admin or me.team_ids):
        chips = [chip(_("Everyone’s"), "whose", None, ALL), chip(_("Mine"), "whose", MINE)]
        if me.team_ids:
            chips.append(chip(_("Team’s"), "whose", TEAM))
    if tab != "leads":
        away = bool(args.get("archived"))
        archive = with_query(archived=None if away else "1", after=None)
        chips.append((archive, _("The archive"), away))
    return {
        "chips": chips,
        "tags": all_tags(),
        "tag": args.get("tag", ""),
        "kept": {n: args[n] for n in ("tab", "group", *lead_list.NAMES) if args.get(n)},
        "leads": lead_list.filter_of(me, args) if tab == "leads" else None,
    }
