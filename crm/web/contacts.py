"""The people at accounts: their page, their form."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm.accounts import commands, queries
from crm.accounts.models import Account
from crm.accounts.naming import name_of
from crm.activities.queries import support_of
from crm.deals.history import purchases_of
from crm.i18n import _, formatting
from crm.tags.queries import tags_of
from crm.users.viewer import Viewer
from crm.web.origins import came_as
from crm.web.overview import age_of, completeness, length_since, next_step, sales_of, today, ways_of
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

blueprint = Blueprint("contacts", __name__)
CONTACTS = Family(
    kind="contact",
    path="/contacts",
    fields=(
        "name",
        "account_name",
        "job_title",
        "address",
        "city",
        "country",
        "website",
        "birthday",
        "customer_since",
        "interests",
        "needs",
        "language",
        "source",
        "tags",
        "owner_id",
        "description",
    ),
    schema=commands.ContactSchema,
    get=queries.get_contact,
    create=commands.create_contact,
    update=commands.update_contact,
    archive=commands.archive_contact,
    restore=commands.restore_contact,
    added=lambda: _("Contact added"),
    names=lambda contact: {"account_name": name_of(viewer(), Account, contact.account_id)},
)


def _wanted() -> list[tuple[str, str, str]]:
    return [
        ("phones", _("Phone"), "phone"),
        ("emails", _("E-mail"), "email"),
        ("account_id", _("Account"), "account_name"),
        ("job_title", _("Job"), "job_title"),
        ("city", _("City"), "city"),
        ("birthday", _("Birthday"), "birthday"),
        ("interests", _("Interests"), "interests"),
        ("needs", _("Needs"), "needs"),
        ("source", _("Source"), "source"),
    ]


@blueprint.get("/contacts/new")
def new() -> Response:
    """The form for a new contact."""
    me = viewer()
    account_id = request.args.get("account_id")
    if account_id:
        return new_page(CONTACTS, account_name=queries.get_account(me, account_id).name)
    return new_page(CONTACTS)


@blueprint.post("/contacts")
def create() -> Response:
    """Save a new contact."""
    return create_from(CONTACTS, request.form)


@blueprint.get("/contacts/<id:contact_id>")
def show(contact_id: str) -> Response:
    """The 360 of a person; an older part of the timeline for htmx."""
    me = viewer()
    contact = queries.get_contact(me, contact_id)
    if is_partial() and request.args.get("before"):
        return render(
            "timeline/_entries.html",
            "timeline/_lines.html",
            **timeline_of(me, contact_id=contact_id),
        )
    return render(
        "contacts/show.html", **_page(me, contact), **timeline_of(me, contact_id=contact_id)
    )


def _page(me: Viewer, contact: Any) -> dict[str, Any]:
    around = queries.around(me, contact)
    return {
        "contact": contact,
        "stops": banners_of(me, contact_id=contact.id),
        "around": around,
        "ways": ways_of(contact),
        "facts": _facts(contact, around),
        "step": next_step(me, "contact_id", contact.id),
        "sales": sales_of(me, contact_id=contact.id),
        "purchases": purchases_of(me, contact_id=contact.id),
        "support": support_of(me, "contact_id", contact.id),
        "tags": tags_of(contact.id),
        "people": queries.people_at(me, contact.account_id, but=contact.id, limit=8),
        "complete": completeness(contact, _wanted()),
        "came": came_as(me, contact_id=contact.id),
    }


def _facts(contact: Any, around: queries.Around) -> list[tuple[str, str]]:
    now = today()

    def day(value: Any) -> str:
        return formatting.date(value, today=now, weekday=False) if value else ""

    return [
        (_("City"), contact.city or ""),
        (_("Birthday"), day(contact.birthday)),
        (_("Age"), age_of(contact.birthday, now)),
        (_("Customer since"), day(contact.customer_since)),
        (_("With us"), length_since(contact.customer_since, now)),
        (_("Language"), language_label(contact.language)),
        (_("Source"), contact.source or ""),
        (_("Owner"), around.owner or _("Nobody yet")),
        (_("Team"), around.team or ""),
    ]


@blueprint.get("/contacts/<id:contact_id>/edit")
def edit(contact_id: str) -> Response:
    """The form for a contact's facts."""
    return edit_page(CONTACTS, contact_id)


@blueprint.post("/contacts/<id:contact_id>")
def update(contact_id: str) -> Response:
    """Save a contact's facts."""
    return update_from(CONTACTS, contact_id, request.form)


@blueprint.post("/contacts/<id:contact_id>/archive")
def archive(contact_id: str) -> Response:
    """Put a contact away, or bring it back."""
    return archive_from(CONTACTS, contact_id, request.form, "/people?tab=contacts")
