"""What only admins see: the company, its people and teams, its pipelines, what leads come by."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app

from crm import clock
from crm.backup import OLDEST_BACKUP, last_backup
from crm.web.administration import (
    automations,
    company,
    form_inbox,
    forms,
    hooks,
    mail,
    mail_templates,
    pipelines,
    routing,
    scoring,
    stops,
    teams,
    users,
    website,
)
from crm.web.rendering import render
from crm.web.security import needs_role

blueprint = Blueprint("administration", __name__, url_prefix="/administration")
for part in (
    company,
    users,
    teams,
    pipelines,
    scoring,
    routing,
    forms,
    form_inbox,
    hooks,
    website,
    mail,
    mail_templates,
    automations,
    stops,
):
    blueprint.register_blueprint(part.blueprint)


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """The way to each of them, and how old the last backup is."""
    backup = last_backup(current_app.config)
    is_old = backup is None or clock.now() - backup.made_at > OLDEST_BACKUP
    return render("administration/index.html", backup=backup, is_old=is_old)
