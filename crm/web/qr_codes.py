"""A rep's own QR code: who scans it at a fair finds the form, and becomes this rep's lead."""

from __future__ import annotations

from flask import Blueprint, Response, request

from crm.forms.queries import get_open_form, open_forms
from crm.i18n import _
from crm.web import qr
from crm.web.administration.forms import public_url
from crm.web.rendering import render, viewer

blueprint = Blueprint("qr_codes", __name__, url_prefix="/qr")


@blueprint.get("")
def index() -> Response:
    """The forms that a code can lead to."""
    return render("forms/codes.html", forms=open_forms(viewer()))


@blueprint.get("/<id:form_id>")
def show(form_id: str) -> Response:
    """One code as large as the phone: the viewer's own, or with ?all=1 the company's."""
    me = viewer()
    form = get_open_form(me, form_id)
    is_own = not request.args.get("all")
    url = f"{public_url(form)}?by={me.id}" if is_own else public_url(form)
    whose = _("Who fills it in is your lead.") if is_own else _("Who fills it in is nobody’s yet.")
    return render("forms/code.html", form=form, code=qr.draw(url), url=url, whose=whose)
