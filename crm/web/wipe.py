"""A lost phone: whatever it asks next, it is told to clear itself, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app, g, make_response, request
from flask_login import current_user

from crm import errors
from crm.devices.commands import note_wiped
from crm.devices.queries import is_to_be_wiped
from crm.i18n import _
from crm.web.errors import error_page
from crm.web.rendering import is_partial
from crm.web.sessions import cookie_name

#: Everything that a site keeps on a phone, the outbox too. Only for a phone that its owner or an
#: admin gave up: an ordinary session's end must never say this, for captures may wait there.
CLEAR = '"cache", "storage", "cookies"'


class Wiped(errors.DomainError):
    """This phone was signed out and cleared from afar."""

    status = 401
    code = "wiped"


def init_app(app: Flask) -> None:
    """Look at each request that carries a token which lets nobody in any more."""
    app.before_request(clear_lost_phone)


def clear_lost_phone() -> Any:
    """Answer 401 with Clear-Site-Data to a phone that was given up; None to everyone else."""
    if current_user.is_authenticated or g.get("database_is_away"):
        return None
    token = request.cookies.get(cookie_name())
    if not is_to_be_wiped(token):
        return None
    with suppress(errors.Busy):  # it clears itself all the same
        note_wiped(None, str(token))
    answer = _said()
    answer.headers["Clear-Site-Data"] = CLEAR
    # For browsers that do not know the header.
    answer.delete_cookie(
        cookie_name(), path="/", secure=request.is_secure, httponly=True, samesite="Lax"
    )
    return answer


def _said() -> Response:
    error = Wiped(_("This phone was signed out and cleared from afar."))
    if request.path.startswith("/api/"):
        said: Response = current_app.extensions["api_errors"](error)
        return said
    if is_partial():
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = "/sign-in"
        return answer
    return error_page(401, str(error))
