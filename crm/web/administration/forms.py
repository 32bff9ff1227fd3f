"""Web forms: built, given out and switched off, on the phone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request

from crm import errors
from crm.forms import queries
from crm.forms.commands import create_form, switch_form, update_form
from crm.forms.models import COLOURS, FIELD_NAMES, Form
from crm.i18n import _, current_locale, set_locale
from crm.web import qr
from crm.web.public_forms import TRAP, fields_of, form_page, speak_for
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("forms", __name__, url_prefix="/forms")
_LIST = "/administration/forms"
_SETTINGS = (
    "title",
    "language",
    "button",
    "thanks",
    "colour",
    "consent",
    "asks_quote",
    "source",
)
#: What a new form asks, and how strongly.
_FRESH = {"name": "needed", "phone": "needed", "email": "asked", "needs": "asked"}


def public_url(form: Form) -> str:
    """Return the form's whole address, as it stands on paper and in other sites."""
    base = str(current_app.config["BASE_URL"] or request.host_url).rstrip("/")
    return f"{base}/f/{form.slug}"


def _edit(
    values: Any,
    asked: Mapping[str, str],
    form: Form | None = None,
    status: int = 200,
    said: Any = None,
) -> Response:
    """`asked`: a field's name → how strongly it is asked, in order."""
    return render(
        "administration/forms/edit.html",
        status=status,
        values=values,
        form=form,
        errors=said or {},
        asked=[(name, _(FIELD_NAMES[name]), how) for name, how in asked.items()],
        languages=[("en", _("English")), ("fa", _("Persian"))],
        colours=[(key, _(name)) for key, name in COLOURS.items()],
    )


def _asked_by(form: Form) -> dict[str, str]:
    kept = {one["name"]: "needed" if one["is_required"] else "asked" for one in form.fields}
    return kept | {name: "" for name in FIELD_NAMES if name not in kept}


def _asked_in(sent: Mapping[str, str]) -> dict[str, str]:
    """Return what the page at hand asks, with one field moved up where a button said so."""
    order = [name for name in sent.get("order", "").split(",") if name in FIELD_NAMES]
    order = list(dict.fromkeys([*order, *FIELD_NAMES]))
    if (up := sent.get("up")) in order and (place := order.index(up)):
        order[place - 1 : place + 1] = [up, order[place - 1]]
    return {name: sent.get(f"ask_{name}", "needed" if name == "name" else "") for name in order}


def _payload(sent: Mapping[str, str]) -> dict[str, Any]:
    asked = [
        {"name": name, "is_required": how == "needed"}
        for name, how in _asked_in(sent).items()
        if how
    ]
    return {name: sent[name] for name in _SETTINGS if name in sent} | {"fields": asked}


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """All forms with how many came, and the way to the inbox."""
    me = viewer()
    return render(
        "administration/forms/index.html",
        forms=queries.all_forms(me),
        waiting=queries.count_waiting(me),
    )


@blueprint.get("/new")
@needs_role("admin")
def new() -> Any:
    """A form to begin with."""
    asked = _FRESH | {name: "" for name in FIELD_NAMES if name not in _FRESH}
    return _edit({"language": current_locale().language, "colour": "plum"}, asked)


@blueprint.post("")
@needs_role("admin")
def create() -> Any:
    """Add it; a button at a field only moves that up."""
    sent = request.form.to_dict()
    if "up" in sent:
        return _edit(sent, _asked_in(sent))
    try:
        form_id = create_form(viewer(), _payload(sent))
    except errors.ValidationError as error:
        return _edit(sent, _asked_in(sent), None, 422, error.fields)
    return go(f"{_LIST}/{form_id}", _("Form added"))


@blueprint.get("/<id:form_id>")
@needs_role("admin")
def show(form_id: str) -> Any:
    """How to give it out: link, frame, HTML to paste, QR code."""
    form = queries.get_form(viewer(), form_id)
    url = public_url(form)
    return render(
        "administration/forms/show.html",
        form=form,
        url=url,
        code=qr.draw(url),
        frame=render_template("administration/forms/_frame.html", url=url, form=form).strip(),
        paste=_paste(form, url),
    )


def _paste(form: Form, url: str) -> str:
    """Return the form as plain HTML, in its own language."""
    mine = current_locale()
    locale = speak_for(form)
    try:
        return render_template(
            "administration/forms/_paste.html",
            url=url,
            form=form,
            asked=fields_of(form),
            trap=TRAP,
            spoken=locale,
        ).strip()
    finally:
        set_locale(mine)


@blueprint.get("/<id:form_id>/code.svg")
@needs_role("admin")
def code(form_id: str) -> Any:
    """The QR code as a file, for a poster."""
    form = queries.get_form(viewer(), form_id)
    answer = make_response(qr.file_of(public_url(form)))
    answer.headers["Content-Type"] = "image/svg+xml"
    answer.headers["Content-Disposition"] = f'attachment; filename="form-{form.slug}.svg"'
    return answer


@blueprint.get("/<id:form_id>/preview")
@needs_role("admin")
def preview(form_id: str) -> Any:
    """The form as a visitor sees it, without a way to send it."""
    form = queries.get_form(viewer(), form_id)
    speak_for(form)
    return form_page(form, is_preview=True)


@blueprint.get("/<id:form_id>/edit")
@needs_role("admin")
def edit(form_id: str) -> Any:
    """What it asks and says."""
    form = queries.get_form(viewer(), form_id)
    return _edit(form, _asked_by(form), form)


@blueprint.post("/<id:form_id>")
@needs_role("admin")
def update(form_id: str) -> Any:
    """Change it; a button at a field only moves that up."""
    form, sent = queries.get_form(viewer(), form_id), request.form.to_dict()
    if "up" in sent:
        return _edit(sent, _asked_in(sent), form)
    try:
        update_form(viewer(), form_id, _payload(sent))
    except errors.ValidationError as error:
        return _edit(sent, _asked_in(sent), form, 422, error.fields)
    return go(f"{_LIST}/{form_id}", _("Saved"))


@blueprint.post("/<id:form_id>/switch")
@needs_role("admin")
def switch(form_id: str) -> Any:
    """Take answers by it, or no more."""
    is_active = request.form.get("is_active") == "1"
    switch_form(viewer(), form_id, is_active)
    undo = {
        "action": f"{_LIST}/{form_id}/switch",
        "fields": {"is_active": "" if is_active else "1"},
    }
    return go(f"{_LIST}/{form_id}", _("Switched on") if is_active else _("Switched off"), undo)
