"""Pipelines and their stages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.deals import pipelines
from crm.deals.models import StageKind
from crm.deals.stage_removal import remove_stage
from crm.deals.stages import all_pipelines, stages_of
from crm.i18n import _, ngettext
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("pipelines", __name__)
_LIST = "/administration/pipelines"


def _index(status: int = 200, said: Any = None, **typed: Any) -> Response:
    return render(
        "administration/pipelines/index.html",
        status=status,
        errors=said or {},
        pipelines=all_pipelines(),
        values=typed,
    )


@blueprint.get("/pipelines")
@needs_role("admin")
def index() -> Any:
    """Those in use."""
    return _index()


@blueprint.post("/pipelines")
@needs_role("admin")
def create() -> Any:
    """Add one."""
    try:
        pipeline_id = pipelines.add_pipeline(viewer(), request.form.to_dict())
    except errors.ValidationError as error:
        return _index(422, error.fields, **request.form.to_dict())
    return go(f"{_LIST}/{pipeline_id}", _("Pipeline added"))


def _page(pipeline_id: str, status: int = 200, said: Any = None, **more: Any) -> Response:
    return render(
        "administration/pipelines/show.html",
        status=status,
        errors=said or {},
        **{
            "pipeline": pipelines.get_pipeline(viewer(), pipeline_id),
            "OPEN": StageKind.OPEN,
            "stages": stages_of(pipeline_id),
            "values": {},
            "wrong_stage": None,
            **more,
        },
    )


@blueprint.get("/pipelines/<id:pipeline_id>")
@needs_role("admin")
def show(pipeline_id: str) -> Any:
    """One pipeline with its stages."""
    return _page(pipeline_id)


@blueprint.post("/pipelines/<id:pipeline_id>")
@needs_role("admin")
def update(pipeline_id: str) -> Any:
    """Rename it."""
    try:
        pipelines.rename_pipeline(viewer(), pipeline_id, request.form.to_dict())
    except errors.ValidationError as error:
        return _page(pipeline_id, 422, {"pipeline": error.fields.get("name", [])})
    return go(f"{_LIST}/{pipeline_id}", _("Saved"))


@blueprint.post("/pipelines/<id:pipeline_id>/archive")
@needs_role("admin")
def archive(pipeline_id: str) -> Any:
    """Put it away, once no deal is open in it."""
    try:
        pipelines.archive_pipeline(viewer(), pipeline_id)
    except errors.Conflict as error:
        return _page(pipeline_id, 409, {"": [str(error)]})
    return go(_LIST, _("Archived"))


@blueprint.post("/pipelines/<id:pipeline_id>/stages")
@needs_role("admin")
def create_stage(pipeline_id: str) -> Any:
    """Add a stage."""
    form = request.form.to_dict()
    try:
        pipelines.add_stage(viewer(), pipeline_id, form)
    except errors.ValidationError as error:
        return _page(pipeline_id, 422, error.fields, values=form)
    return go(f"{_LIST}/{pipeline_id}", _("Stage added"))


@blueprint.get("/stages/<id:stage_id>")
@needs_role("admin")
def show_stage(stage_id: str) -> Any:
    """The form for a stage."""
    stage = pipelines.get_open_stage(viewer(), stage_id)
    return render("administration/pipelines/stage.html", stage=stage, values=stage, errors={})


@blueprint.post("/stages/<id:stage_id>")
@needs_role("admin")
def update_stage(stage_id: str) -> Any:
    """Change a stage's name and chance."""
    stage, form = pipelines.get_open_stage(viewer(), stage_id), request.form.to_dict()
    try:
        pipelines.update_stage(viewer(), stage_id, form)
    except errors.ValidationError as error:
        return render(
            "administration/pipelines/stage.html",
            status=422,
            stage=stage,
            values=form,
            errors=error.fields,
        )
    return go(f"{_LIST}/{stage.pipeline_id}", _("Saved"))


@blueprint.post("/stages/<id:stage_id>/position")
@needs_role("admin")
def shift_stage(stage_id: str) -> Any:
    """Move a stage one place up or down."""
    stage = pipelines.get_open_stage(viewer(), stage_id)
    pipelines.shift_stage(viewer(), stage_id, request.form.to_dict())
    return go(f"{_LIST}/{stage.pipeline_id}")


def _removal(stage_id: str, status: int = 200, said: Any = None) -> Response:
    stage = pipelines.get_open_stage(viewer(), stage_id)
    others = [
        s for s in stages_of(stage.pipeline_id) if s.kind == StageKind.OPEN and s.id != stage.id
    ]
    return render(
        "administration/pipelines/removal.html",
        status=status,
        stage=stage,
        others=[(s.id, s.label) for s in others],
        errors=said or {},
        deals=pipelines.count_open_deals(viewer(), stage_id=stage_id),
    )


@blueprint.get("/stages/<id:stage_id>/removal")
@needs_role("admin")
def new_removal(stage_id: str) -> Any:
    """Where its deals would go."""
    return _removal(stage_id)


@blueprint.post("/stages/<id:stage_id>/removal")
@needs_role("admin")
def create_removal(stage_id: str) -> Any:
    """Remove a stage and move its deals."""
    stage = pipelines.get_open_stage(viewer(), stage_id)
    try:
        moved = remove_stage(viewer(), stage_id, request.form.to_dict())
    except errors.ValidationError as error:
        return _removal(stage_id, 422, error.fields)
    except errors.Conflict as error:
        return _removal(stage_id, 409, {"": [str(error)]})
    said = ngettext("Removed; %(num)s deal moved", "Removed; %(num)s deals moved", moved)
    return go(f"{_LIST}/{stage.pipeline_id}", said)
