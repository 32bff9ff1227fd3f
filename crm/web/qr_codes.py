"""A rep's own QR codes: who scans one at a fair becomes this rep's lead, or keeps his number."""

from __future__ import annotations

from flask import Blueprint, Response, request

from crm.company.queries import get_company
from crm.forms.queries import get_open_form, open_forms
from crm.i18n import _
from crm.users.queries import get_profile
from crm.vcards import write_card
from crm.web import qr
from crm.web.administration.forms import public_url
from crm.web.rendering import render, viewer

blueprint = Blueprint("qr_codes", __name__, url_prefix="/qr")
#: A code holds two thousand bytes, and is read the sooner the fewer there are.
LONGEST = 100


@blueprint.get("")
def index() -> Response:
    """The forms that a code can lead to."""
    return render("forms/codes.html", forms=open_forms(viewer()))


@blueprint.get("/card")
def card() -> Response:
    """The viewer's own contact as a code: who scans it has him among his contacts."""
    return render("forms/card.html", code=qr.draw(_own_card()))


@blueprint.get("/card.vcf")
def card_file() -> Response:
    """The same as a file, to send on."""
    answer = Response(_own_card(), content_type="text/vcard; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=contact.vcf"
    return answer


def _own_card() -> str:
    """Return the card of who is signed in, as he stands in the team."""
    me = get_profile(viewer())
    name, company = me.name[:LONGEST], get_company().name[:LONGEST]
    return write_card(name, company, me.phone or "", me.email or "")


@blueprint.get("/<id:form_id>")
def show(form_id: str) -> Response:
    """One code as large as the phone: the viewer's own, or with ?all=1 the company's."""
    me = viewer()
    form = get_open_form(me, form_id)
    is_own = not request.args.get("all")
    url = f"{public_url(form)}?by={me.id}" if is_own else public_url(form)
    whose = _("Who fills it in is your lead.") if is_own else _("Who fills it in is nobody’s yet.")
    return render("forms/code.html", form=form, code=qr.draw(url), url=url, whose=whose)
