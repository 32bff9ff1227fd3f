"""Tags: what there are, and for managers renaming, merging and deleting them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.i18n import _
from crm.tags import commands
from crm.tags.queries import counted_tags, get_tag
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("tags", __name__, url_prefix="/tags")
MANAGERS = needs_role("manager", "admin")


@blueprint.get("")
def index() -> Response:
    """The tags, each with its number of records."""
    return render("tags/index.html", tags=counted_tags())


@blueprint.get("/<id:tag_id>/edit")
@MANAGERS
def edit(tag_id: str) -> Response:
    """One tag: its name, what it may be merged into."""
    tag = get_tag(tag_id)
    return _page(tag, {"name": tag.name})


def _page(tag: Any, values: Any, status: int = 200, **more: Any) -> Response:
    others = [(other.id, other.name) for other in counted_tags() if other.id != tag.id]
    return render(
        "tags/edit.html",
        status=status,
        tag=tag,
        values=values,
        others=others,
        errors=more.get("errors", {}),
    )


@blueprint.post("/<id:tag_id>")
@MANAGERS
def update(tag_id: str) -> Response:
    """Rename a tag."""
    try:
        commands.rename_tag(viewer(), tag_id, {"name": request.form.get("name")})
    except errors.ValidationError as error:
        return _page(get_tag(tag_id), request.form, 422, errors=error.fields)
    return go("/tags", _("Saved"))


@blueprint.post("/<id:tag_id>/merge")
@MANAGERS
def merge(tag_id: str) -> Response:
    """Put another tag in its place."""
    try:
        commands.merge_tags(viewer(), tag_id, {"into_id": request.form.get("into_id")})
    except errors.ValidationError as error:
        tag = get_tag(tag_id)
        return _page(tag, {"name": tag.name}, 422, errors=error.fields)
    return go("/tags", _("Merged"))


@blueprint.post("/<id:tag_id>/deletion")
@MANAGERS
def delete(tag_id: str) -> Response:
    """Take a tag off everything."""
    commands.delete_tag(viewer(), tag_id)
    return go("/tags", _("Deleted"))
