"""The pages that visitors see: a form on its public address, in its own language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Blueprint, Response, current_app, request

from crm import errors
from crm.company.queries import get_company
from crm.forms.limits import refuse_flood
from crm.forms.models import FIELD_NAMES, Form
from crm.forms.queries import find_public
from crm.forms.seals import Seal, make_seal, read_seal
from crm.forms.taking import Sent, take_submission
from crm.i18n import Locale, _, set_locale
from crm.leads.arrivals import ORIGIN
from crm.users.viewer import system_viewer
from crm.web.input_guard import at_most
from crm.web.rendering import go, render
from crm.web.security import let_frame, public, takes_other_sites

blueprint = Blueprint("public_forms", __name__, url_prefix="/f")
#: Nobody knows who sends it. A Persian letter takes six bytes on its way, a half-space nine.
MOST_BYTES = 64 * 1024
#: What no person fills in, since none sees it.
TRAP = "homepage"
AUTOFILL = {
    "name": "name",
    "phone": "tel",
    "email": "email",
    "company": "organization",
    "job_title": "organization-title",
    "city": "address-level2",
}
LONG = ("needs", "interests")
_MOST = {"name": 200, "company": 200, "needs": 1000, "interests": 1000}


def speak_for(form: Form) -> Locale:
    """Speak the form's language from here on, with the company's calendar and phones."""
    company = get_company()
    locale = Locale(
        form.language, calendar=company.calendar, timezone=company.timezone, region=company.region
    )
    set_locale(locale)
    return locale


def fields_of(form: Form) -> list[dict[str, Any]]:
    """Return what the form asks, as templates/forms/public.html takes it."""
    return [_field(asked["name"], asked["is_required"]) for asked in form.fields]


def _field(name: str, is_required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "label": _(FIELD_NAMES[name]),
        "is_required": is_required,
        "is_long": name in LONG,
        "type": {"phone": "tel", "email": "email"}.get(name, "text"),
        "autofill": AUTOFILL.get(name, "off"),
        "most": _MOST.get(name, 100),
    }


def form_page(
    form: Form,
    status: int = 200,
    said: Mapping[str, Any] | None = None,
    *,
    is_preview: bool = False,
) -> Response:
    """Return the form's page; what was typed is kept."""
    seal = make_seal(str(current_app.config["SECRET_KEY"]), form.id)
    return render(
        "forms/public.html",
        status=status,
        form=form,
        company=get_company().name,
        asked=fields_of(form),
        values=request.form,
        errors=said or {},
        seal=seal,
        hidden=_carried(),
        trap=TRAP,
        is_preview=is_preview,
    )


def _carried() -> dict[str, str]:
    """Return where the visitor came from and whose code he scanned, for the way back."""
    carried = {name: request.values.get(name, "")[:300] for name in (*ORIGIN, "by", "v")}
    referrer = request.referrer or ""
    if not carried["referrer"] and not _is_ours(referrer):
        carried["referrer"] = referrer[:300]
    if request.method != "POST":
        carried["landing"] = carried["landing"] or request.full_path.rstrip("?")
    carried["landing"] = _nameless(carried["landing"])[:300]
    return {name: value for name, value in carried.items() if value}


def _nameless(address: str) -> str:
    """Return the address without who the visitor is and whose code he scanned: a team reads it."""
    path, _mark, asked = address.partition("?")
    pieces = [one for one in asked.split("&") if unquote(one.partition("=")[0]) not in ("v", "by")]
    return f"{path}?{'&'.join(pieces)}".rstrip("?")


def _is_ours(address: str) -> bool:
    try:
        return urlsplit(address).netloc == request.host
    except ValueError:  # «http://[» is no address
        return True


def _said(form: Form, title: str, text: str, status: int = 200) -> Response:
    return render(
        "forms/said.html",
        status=status,
        form=form,
        company=get_company().name,
        title=title,
        text=text,
    )


def _find(slug: str) -> Form:
    form = find_public(slug)
    if form is None:
        raise errors.NotFound
    let_frame()
    return form


def _closed(form: Form) -> Response:
    text = _("This form takes no more answers. Please reach us in another way.")
    return _said(form, _("This form is closed"), text, 410)


@blueprint.get("/<form_slug>")
@public
def show(form_slug: str) -> Response:
    """The form."""
    form = _find(form_slug)
    speak_for(form)
    return form_page(form) if form.is_active else _closed(form)


@blueprint.post("/<form_slug>")
@public
@takes_other_sites
@at_most(MOST_BYTES)
def create(form_slug: str) -> Response:
    """Take what a visitor sends: from this page, or from a form in the company's own."""
    form = _find(form_slug)
    locale = speak_for(form)
    if not form.is_active:
        return _closed(form)
    try:
        refuse_flood(form.id, request.remote_addr)
        take_submission(system_viewer(locale, get_company().currency), form.id, _sent(form))
    except errors.ValidationError as error:
        return form_page(form, 422, error.fields)
    except errors.TooMany as error:
        answer = form_page(form, 429, {"": [str(error)]})
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    return go(f"/f/{form.slug}/thanks")


@blueprint.get("/<form_slug>/thanks")
@public
def thanks(form_slug: str) -> Response:
    """The words of thanks."""
    form = _find(form_slug)
    speak_for(form)
    text = form.thanks or _("We have it and will get back to you.")
    return _said(form, _("Thank you"), text)


def _sent(form: Form) -> Sent:
    seal = _seal(form)
    odd = ["trap"] if request.form.get(TRAP) else []
    carried = _carried()
    return Sent(
        fields={name: request.form.get(name, "") for name in FIELD_NAMES},
        consent=request.form.get("consent", ""),
        origin=carried,
        owner_id=carried.get("by"),
        visitor_id=carried.get("v"),
        submission_id=seal.submission_id,
        reasons=tuple([*odd, seal.fault] if seal.fault else odd),
    )


def _seal(form: Form) -> Seal:
    """Return the page's seal. A form that stands in another page has none: there a browser says
    from where it sends, and who is no browser mostly says nothing."""
    text = request.form.get("seal", "")
    if text:
        return read_seal(str(current_app.config["SECRET_KEY"]), form.id, text)
    origin = request.headers.get("Origin", "")
    return Seal(None) if origin and not _is_ours(origin) else Seal(None, "no_page")
