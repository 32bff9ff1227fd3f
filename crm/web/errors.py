"""What an error looks like on a page: mapped here once."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from crm import errors
from crm.database import is_transient
from crm.i18n import _
from crm.web.rendering import render

log = logging.getLogger(__name__)


def _words(status: int) -> tuple[str, str]:
    return {
        400: (_("That could not be read"), _("The request was not understood.")),
        401: (_("Signed out"), _("Sign in again.")),
        403: (_("Not from here"), _("Open the page in Hamrah itself and try again.")),
        404: (_("Nothing here"), _("It may have been removed, or it is not yours to see.")),
        405: (_("Nothing here"), _("This page cannot be used that way.")),
        409: (_("Changed meanwhile"), _("Someone else changed this. Look again.")),
        410: (_("This link was used"), _("Ask your admin for a new one.")),
        413: (_("Too big"), _("That is more than fits. Try a smaller file or text.")),
        422: (_("Not saved yet"), _("Something needs a change first.")),
        429: (_("Too many tries"), _("Wait a little, then try again.")),
        503: (_("Busy just now"), _("Nothing was lost. Please try again.")),
    }.get(status, (_("That did not work"), _("Nothing was lost. Please try again.")))


def error_page(status: int, detail: str = "") -> Response:
    """Return the page that says what went wrong and what to do."""
    title, text = _words(status)
    return render(
        "errors/show.html",
        "errors/_error.html",
        status,
        title=title,
        text=detail or text,
        code=status,
    )


def _for_a_program(error: Exception) -> Any:
    """Return the API's own answer for what went wrong there; None for a page."""
    if not request.path.startswith(("/api/", "/hooks/")):
        return None
    return current_app.extensions["api_errors"](error)


def init_app(app: Flask) -> None:
    """Map the domain's errors, the HTTP ones and the last resort."""

    @app.errorhandler(errors.DomainError)
    def on_domain_error(error: errors.DomainError) -> Any:
        if said := _for_a_program(error):
            return said
        answer = error_page(error.status, str(error))
        if seconds := getattr(error, "retry_after", None):
            answer.headers["Retry-After"] = str(seconds)
        return answer

    @app.errorhandler(HTTPException)
    def on_http_error(error: HTTPException) -> Any:
        if error.code is not None and error.code < 400:
            return error
        if said := _for_a_program(error):
            return said
        answer = error_page(error.code or 500)
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                answer.headers[name] = value
        return answer

    @app.errorhandler(Exception)
    def on_bug(error: Exception) -> Any:
        if not is_transient(error):
            log.exception("unexpected: %s %s", request.method, request.endpoint)
        if said := _for_a_program(error):
            return said
        if is_transient(error):
            return on_domain_error(errors.Busy(_("Nothing was lost. Please try again.")))
        return error_page(500)
