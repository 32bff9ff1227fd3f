"""Who asks, and what they sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from crm.api.errors import Malformed, NotJson
from crm.i18n import _
from crm.users.viewer import Viewer


def viewer() -> Viewer:
    """Return who is signed in: every address of the API needs a session."""
    return current_user._get_current_object()  # type: ignore[no-any-return]


def read_object() -> Mapping[str, Any]:
    """Return the JSON object in the body. Raises NotJson for another content type, and Malformed.

    Nothing but `application/json` is read: a form of another site cannot send that.
    """
    if request.mimetype != "application/json":
        raise NotJson(_("Send JSON: Content-Type: application/json."))
    try:
        body = request.get_json()
    except (BadRequest, RecursionError):
        raise Malformed(_("This is not JSON.")) from None
    if not isinstance(body, Mapping):
        raise Malformed(_("Send a JSON object."))
    return body
