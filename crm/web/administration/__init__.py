"""What only admins see: the company, its people and teams, its pipelines."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from crm.web.administration import company, pipelines, teams, users
from crm.web.rendering import render
from crm.web.security import needs_role

blueprint = Blueprint("administration", __name__, url_prefix="/administration")
for part in (company, users, teams, pipelines):
    blueprint.register_blueprint(part.blueprint)


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """The way to each of them."""
    return render("administration/index.html")
