"""Teams: who sells together, who leads them, whether they see each other's records."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.i18n import _
from crm.users import queries
from crm.users.models import Role, Team
from crm.users.teams import archive_team, create_team, restore_team, update_team
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("teams", __name__, url_prefix="/teams")
_LIST = "/administration/teams"


def _form(values: Any, team: Team | None = None, status: int = 200, said: Any = None) -> Response:
    leaders = [(row.id, row.name) for row in queries.active_users(viewer()) if row.role != Role.REP]
    return render(
        "administration/teams/edit.html",
        status=status,
        values=values,
        team=team,
        errors=said or {},
        managers=[("", _("Nobody yet")), *leaders],
    )


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """All teams."""
    return render("administration/teams/index.html", teams=queries.all_teams(viewer()))


@blueprint.get("/new")
@needs_role("admin")
def new() -> Any:
    """The form for a team."""
    return _form({"is_shared": True})


@blueprint.post("")
@needs_role("admin")
def create() -> Any:
    """Add it."""
    form = request.form.to_dict()
    try:
        create_team(viewer(), form)
    except errors.ValidationError as error:
        return _form(form, None, 422, error.fields)
    return go(_LIST, _("Team added"))


@blueprint.get("/<id:team_id>")
@needs_role("admin")
def show(team_id: str) -> Any:
    """The form for what it is."""
    team = queries.get_team(viewer(), team_id)
    return _form(team, team)


@blueprint.post("/<id:team_id>")
@needs_role("admin")
def update(team_id: str) -> Any:
    """Change it."""
    team, form = queries.get_team(viewer(), team_id), request.form.to_dict()
    try:
        update_team(viewer(), team_id, form)
    except errors.ValidationError as error:
        return _form(form, team, 422, error.fields)
    return go(_LIST, _("Saved"))


@blueprint.post("/<id:team_id>/archive")
@needs_role("admin")
def archive(team_id: str) -> Any:
    """Put it away, once nobody is in it."""
    team = queries.get_team(viewer(), team_id)
    try:
        archive_team(viewer(), team_id)
    except errors.Conflict as error:
        return _form(team, team, 409, {"": [str(error)]})
    undo = {"action": f"{_LIST}/{team_id}/restoration", "fields": {}}
    return go(_LIST, _("Archived"), undo)


@blueprint.post("/<id:team_id>/restoration")
@needs_role("admin")
def restore(team_id: str) -> Any:
    """Bring it back."""
    restore_team(viewer(), team_id)
    return go(_LIST, _("Brought back"))
