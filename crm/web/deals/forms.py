"""The forms of a deal: new, edit, archive, who takes part."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from crm import errors
from crm.accounts.models import Account, Contact
from crm.accounts.naming import name_of
from crm.database import new_id
from crm.deals import commands, queries
from crm.deals.stages import get_pipeline, track_of
from crm.i18n import _, form_code, formatting
from crm.products.choices import product_choices
from crm.search.queries import search
from crm.tags.queries import all_tags, tags_of
from crm.users.owners import assignable
from crm.users.ownership import find
from crm.users.viewer import Viewer
from crm.web.deals.blueprint import blueprint
from crm.web.rendering import back_or, checked, go, render, viewer

FIELDS = (
    "name",
    "account_name",
    "contact_name",
    "product_id",
    "probability",
    "expected_close_on",
    "source",
    "needs",
    "description",
    "owner_id",
    "tags",
    "amount",
    "currency",
)


@blueprint.get("/deals/new")
def new() -> Response:
    """The form for a new deal; its account or contact may come with the address."""
    args, me = request.args, viewer()
    values = {
        "id": new_id(),
        "currency": form_code(me.currency, me.locale.money_unit),
        **_names(me, args.get("account_id"), args.get("contact_id")),
        "stage_id": args.get("stage"),
        "owner_id": me.id,
    }
    return _form("deals/new.html", values)


def _names(me: Viewer, account_id: str | None, contact_id: str | None) -> dict[str, str]:
    contact, account = find(me, Contact, contact_id), find(me, Account, account_id)
    if account is None and contact is not None:
        account = find(me, Account, contact.account_id)
    return {
        "account_name": account.name if account else "",
        "contact_name": contact.name if contact else "",
    }


def _form(page: str, values: Any, status: int = 200, **more: Any) -> Response:
    me = viewer()
    track = track_of(get_pipeline(request.args.get("pipeline")))
    return render(
        page,
        status=status,
        values=values,
        errors=more.pop("errors", {}),
        stage_options=[(s.id, s.label) for s in track.open],
        products=product_choices(getattr(more.get("deal"), "product_id", None)),
        owners=_owners(me, more.get("deal")),
        all_tags=all_tags(),
        **more,
    )


def _owners(me: Viewer, deal: Any) -> list[tuple[str, str]]:
    """Return who may be chosen; a deal that is nobody's may stay so."""
    owners = assignable(me, deal and deal.owner_id)
    return owners if deal is None or deal.owner_id else [("", _("Nobody yet")), *owners]


@blueprint.post("/deals")
def create() -> Response:
    """Save a new deal; a double tap carries the same id."""
    form = request.form
    said = {name: form.get(name) for name in (*FIELDS, "id", "stage_id") if name in form}
    try:
        if answer := checked(commands.DealSchema, said):
            return answer
        deal_id = commands.create_deal(viewer(), said)
    except errors.ValidationError as error:
        return _form("deals/new.html", form, 422, errors=error.fields)
    return go(f"/deals/{deal_id}", _("Deal added"))


@blueprint.get("/deals/accounts")
def account_names() -> Response:
    """Accounts whose names go on as typed, as the form's suggestions."""
    return _options("account", request.args.get("account_name", ""))


@blueprint.get("/deals/contacts")
def contact_names() -> Response:
    """Contacts whose names go on as typed."""
    return _options("contact", request.args.get("contact_name", ""))


def _options(kind: str, text: str) -> Response:
    hits = search(viewer(), text, (kind,), 8)
    return render("deals/_options.html", names=[hit.title for hit in hits])


@blueprint.get("/deals/<id:deal_id>/edit")
def edit(deal_id: str) -> Response:
    """The form for a deal's facts."""
    me = viewer()
    deal = queries.get_deal(me, deal_id)
    shown = formatting.money(deal.amount, deal.currency, bare=True) if deal.amount else ""
    values = {name: getattr(deal, name, None) for name in FIELDS if name != "tags"} | {
        "account_name": name_of(me, Account, deal.account_id),
        "contact_name": name_of(me, Contact, deal.contact_id),
        "tags": _(", ").join(tags_of(deal.id)),
        "version": deal.version,
        "amount": shown,
        "currency": form_code(deal.currency, me.locale.money_unit),
    }
    return _form("deals/edit.html", values, deal=deal)


@blueprint.post("/deals/<id:deal_id>")
def update(deal_id: str) -> Response:
    """Save a deal's facts."""
    form, me = request.form, viewer()
    deal = queries.get_deal(me, deal_id)
    version = form.get("version", "")
    said = {name: form.get(name) for name in FIELDS if name in form}
    try:
        if answer := checked(commands.DealSchema, said, partial=True):
            return answer
        commands.update_deal(
            me,
            deal_id,
            said,
            int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        )
    except errors.ValidationError as error:
        return _form("deals/edit.html", form, 422, errors=error.fields, deal=deal)
    except errors.Conflict as error:
        current = queries.get_deal(me, deal_id)
        values = {**form.to_dict(), "version": current.version}
        return _form("deals/edit.html", values, 409, errors={"": [str(error)]}, deal=current)
    return go(f"/deals/{deal_id}", _("Saved"))


@blueprint.post("/deals/<id:deal_id>/archive")
def archive(deal_id: str) -> Response:
    """Put a deal away, or bring it back where `archived` is empty; two taps are one."""
    me, page = viewer(), f"/deals/{deal_id}"
    if request.form.get("archived", "1"):
        commands.archive_deal(me, deal_id)
        undo = {"action": f"{page}/archive", "fields": {"archived": "", "next": page}}
        return go(back_or("/pipeline"), _("Archived"), undo)
    commands.restore_deal(me, deal_id)
    return go(back_or(page), _("Brought back"))


@blueprint.post("/deals/<id:deal_id>/people")
def add_person(deal_id: str) -> Response:
    """Note someone's part in the deal."""
    commands.add_person(
        viewer(),
        deal_id,
        {
            "contact_id": request.form.get("contact_id"),
            "part": request.form.get("part"),
        },
    )
    return go(f"/deals/{deal_id}", _("Saved"))
