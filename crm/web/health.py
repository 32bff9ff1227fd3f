"""Whether the server and its database answer, for whatever watches over them."""

from __future__ import annotations

from flask import Blueprint, Response

from crm.company.queries import find_company
from crm.web.security import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def show() -> Response:
    """Answer once the database has answered."""
    find_company()
    return Response("ok\n", mimetype="text/plain")
