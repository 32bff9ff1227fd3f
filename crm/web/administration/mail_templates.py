"""The words of what is sent by itself, in both languages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.i18n import _
from crm.i18n.locale import LANGUAGES
from crm.mail.automations import preview
from crm.mail.shipped import FIELDS, SHIPPED
from crm.mail.templates import all_templates, get_template, restore_template, update_template
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("mail_templates", __name__, url_prefix="/mail/templates")
_LIST = "/administration/mail/templates"


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """Every template."""
    return render("administration/mail/templates.html", templates=all_templates(viewer()))


def _form(key: str, values: Any = None, status: int = 200, said: Any = None) -> Response:
    template = get_template(viewer(), key)
    kept: dict[str, str] = {}
    for code, (subject, body) in template.words.items():
        kept |= {f"subject_{code}": subject, f"body_{code}": body}
    return render(
        "administration/mail/template.html",
        status=status,
        template=template,
        values=values or kept,
        errors=said or {},
        languages=[(code, _("English") if code == "en" else _("Persian")) for code in LANGUAGES],
        fields=[(name, _(FIELDS[name])) for name in SHIPPED[key].fields],
        shown=preview(viewer(), key)[:1],
    )


@blueprint.get("/<key>")
@needs_role("admin")
def show(key: str) -> Any:
    """The form for its words, and how they look to a real customer."""
    return _form(key)


@blueprint.post("/<key>")
@needs_role("admin")
def update(key: str) -> Any:
    """Write it anew."""
    names = [f"{part}_{code}" for code in LANGUAGES for part in ("subject", "body")]
    typed = {name: request.form.get(name, "") for name in names}
    try:
        update_template(viewer(), key, typed)
    except errors.ValidationError as error:
        return _form(key, typed, 422, error.fields)
    return go(f"{_LIST}/{key}", _("Saved"))


@blueprint.post("/<key>/restoration")
@needs_role("admin")
def restore(key: str) -> Any:
    """Say again what ships."""
    restore_template(viewer(), key)
    return go(f"{_LIST}/{key}", _("As it was"))
