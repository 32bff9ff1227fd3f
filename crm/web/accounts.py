"""Customer organisations: their page, their form."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm.accounts import commands, queries
from crm.accounts.models import Account
from crm.accounts.naming import name_of
from crm.activities.queries import support_of
from crm.deals.history import purchases_of
from crm.i18n import _, formatting
from crm.leads.queries import leads_of
from crm.tags.queries import tags_of
from crm.users.viewer import Viewer
from crm.web.overview import completeness, length_since, next_step, sales_of, today, ways_of
from crm.web.record_choices import language_label
from crm.web.record_forms import (
    Family,
    archive_from,
    create_from,
    edit_page,
    new_page,
    update_from,
)
from crm.web.rendering import is_partial, render, viewer
from crm.web.stops import banners_of
from crm.web.timeline import timeline_of

blueprint = Blueprint("accounts", __name__)
ACCOUNTS = Family(
    kind="account",
    path="/accounts",
    fields=(
        "name",
        "industry",
        "employees",
        "annual_revenue",
        "founded",
        "website",
        "address",
        "city",
        "country",
        "customer_since",
        "parent_name",
        "source",
        "interests",
        "needs",
        "language",
        "tags",
        "owner_id",
        "description",
    ),
    schema=commands.AccountSchema,
    get=queries.get_account,
    create=commands.create_account,
    update=commands.update_account,
    archive=commands.archive_account,
    restore=commands.restore_account,
    added=lambda: _("Account added"),
    names=lambda account: {"parent_name": name_of(viewer(), Account, account.parent_id)},
)


def _wanted() -> list[tuple[str, str, str]]:
    return [
        ("phones", _("Phone"), "phone"),
        ("emails", _("E-mail"), "email"),
        ("address", _("Address"), "address"),
        ("industry", _("Industry"), "industry"),
        ("employees", _("Employees"), "employees"),
        ("needs", _("Needs"), "needs"),
        ("customer_since", _("Customer since"), "customer_since"),
        ("source", _("Source"), "source"),
    ]


@blueprint.get("/accounts/new")
def new() -> Response:
    """The form for a new account."""
    return new_page(ACCOUNTS)


@blueprint.post("/accounts")
def create() -> Response:
    """Save a new account."""
    return create_from(ACCOUNTS, request.form)


@blueprint.get("/accounts/<id:account_id>")
def show(account_id: str) -> Response:
    """The 360 of an account; an older part of its timeline for htmx."""
    me = viewer()
    account = queries.get_account(me, account_id)
    if is_partial() and request.args.get("before"):
        return render(
            "timeline/_entries.html",
            "timeline/_lines.html",
            **timeline_of(me, account_id=account_id),
        )
    return render(
        "accounts/show.html", **_page(me, account), **timeline_of(me, account_id=account_id)
    )


def _page(me: Viewer, account: Any) -> dict[str, Any]:
    people = queries.people_at(me, account.id)
    around = queries.around(me, account)
    return {
        "account": account,
        "stops": banners_of(me, account_id=account.id),
        "around": around,
        "ways": ways_of(account),
        "facts": _facts(account, around),
        "step": next_step(me, "account_id", account.id),
        "sales": sales_of(me, account_id=account.id),
        "purchases": purchases_of(me, account_id=account.id),
        "support": support_of(me, "account_id", account.id),
        "people": people,
        "branches": queries.branches_of(me, account.id),
        "leads": leads_of(me, account_id=account.id),
        "tags": tags_of(account.id),
        "complete": completeness(account, _wanted()),
        "phone": account.phone or next((p.phones[0]["value"] for p in people if p.phones), None),
    }


def _facts(account: Any, around: queries.Around) -> list[tuple[str, str]]:
    since, now = account.customer_since, today()
    return [
        (_("Industry"), account.industry or ""),
        (_("Employees"), formatting.number(account.employees) if account.employees else ""),
        (_("City"), account.city or ""),
        (_("Customer since"), formatting.date(since, today=now, weekday=False) if since else ""),
        (_("With us"), length_since(since, now)),
        (_("Founded"), _year(account.founded)),
        (_("Source"), account.source or ""),
        (_("Language"), language_label(account.language)),
        (_("Owner"), around.owner or _("Nobody yet")),
        (_("Team"), around.team or ""),
    ]


def _year(year: int | None) -> str:
    return formatting.number(year).replace("٬", "").replace(",", "") if year else ""


@blueprint.get("/accounts/<id:account_id>/edit")
def edit(account_id: str) -> Response:
    """The form for an account's facts."""
    return edit_page(ACCOUNTS, account_id)


@blueprint.post("/accounts/<id:account_id>")
def update(account_id: str) -> Response:
    """Save an account's facts."""
    return update_from(ACCOUNTS, account_id, request.form)


@blueprint.post("/accounts/<id:account_id>/archive")
def archive(account_id: str) -> Response:
    """Put an account away, or bring it back."""
    return archive_from(ACCOUNTS, account_id, request.form, "/people?tab=accounts")
