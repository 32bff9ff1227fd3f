"""What an error looks like to a program: one shape, mapped here once."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from crm import errors
from crm.database import is_transient
from crm.i18n import _

log = logging.getLogger(__name__)

CODES = {
    400: "malformed",
    401: "no_session",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    410: "gone",
    413: "too_big",
    415: "not_json",
    422: "invalid",
    426: "newer_than_server",
    429: "too_many",
    503: "busy",
}


class WrongUser(errors.NotAllowed):
    """The captures are another person's than the one who is signed in on this phone."""

    code = "wrong_user"


class NotJson(errors.DomainError):
    """The body was not announced as JSON."""

    status = 415


class TooBig(errors.DomainError):
    """More at a time than is taken."""

    status = 413


class Malformed(errors.DomainError):
    """The body is no JSON object."""

    status = 400


def _message(status: int) -> str:
    return {
        400: _("The request was not understood."),
        401: _("Sign in again. What waits on this phone is kept."),
        403: _("This is not allowed."),
        404: _("This is not a known record."),
        405: _("This address cannot be used that way."),
        413: _("That is more than fits."),
        415: _("Send JSON."),
        422: _("Something needs a change first."),
        503: _("Busy just now. Nothing was lost: please try again."),
    }.get(status, _("That did not work. Nothing was lost: please try again."))


def answer(error: Exception) -> Response:
    """Return {"error": {"code", "message", "fields"}} with the error's status."""
    if is_transient(error) and not isinstance(error, errors.Busy):
        error = errors.Busy()
    if isinstance(error, errors.DomainError):
        return _said(error.status, error)
    if isinstance(error, HTTPException) and error.code:
        response = _said(error.code, error)
        if allowed := getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(allowed)
        return response
    log.error("unexpected: %s %s", request.method, request.endpoint, exc_info=error)
    return _said(500, error)


def _said(status: int, error: Any) -> Response:
    own = isinstance(error, errors.DomainError)
    fields = error.fields if isinstance(error, errors.ValidationError) else {}
    code = getattr(error, "code", None) if own else None
    text = str(error) if own and not fields else ""
    response = jsonify(
        error={
            "code": code or CODES.get(status, "failed"),
            "message": text or _message(status),
            "fields": fields,
        }
    )
    response.status_code = status
    if status == errors.Busy.status:
        response.headers["Retry-After"] = str(errors.Busy.retry_after)
    if own and (seconds := getattr(error, "retry_after", None)):
        response.headers["Retry-After"] = str(seconds)
    return response
