"""Where a one-time link leads: choose a password, and be in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.company.queries import get_company
from crm.i18n import current_locale, set_locale
from crm.users.links import OpenLink, accept_link, find_link
from crm.users.sessions import viewer_of
from crm.web.choices import language_choices
from crm.web.rendering import go, render
from crm.web.security import public
from crm.web.sessions import sign_in

blueprint = Blueprint("join", __name__)


def _page(link: OpenLink, status: int = 200, said: Any = None) -> Response:
    return render(
        "join/new.html",
        status=status,
        link=link,
        company=get_company().name,
        language=current_locale().language,
        languages=language_choices(),
        errors=said or {},
    )


@blueprint.get("/join/<token>")
@public
def new(token: str) -> Any:
    """The page of an invitation or a reset; 410 once it was used."""
    return _page(find_link(token))


@blueprint.post("/join/<token>")
@public
def create(token: str) -> Any:
    """Set the password that was chosen and sign in."""
    form = {name: request.form.get(name, "") for name in ("password", "language")}
    try:
        user_id = accept_link(token, form)
    except errors.ValidationError as error:
        return _page(find_link(token), 422, error.fields)
    person = viewer_of(user_id)
    set_locale(person.locale)
    return sign_in(person, go("/today"))
