"""Writes of pipelines and their stages, for admins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from crm import clock, errors
from crm.database import command, db, new_id
from crm.deals.models import Deal, Pipeline, Stage, StageKind
from crm.deals.stages import stages_of
from crm.i18n import _, ngettext
from crm.schema import OneOf, Schema, Str, Whole, load
from crm.timeline.record import record, set_fields
from crm.users.viewer import Viewer, require_admin

MOST_STAGES = 12


class PipelineSchema(Schema):
    name = Str(60)


class NewPipelineSchema(Schema):
    name = Str(60, required=True)


class StageSchema(Schema):
    name = Str(60)
    probability = Whole(0, 100, required=True)


class NewStageSchema(Schema):
    name = Str(60, required=True)
    probability = Whole(0, 100, load_default=50)


class ShiftSchema(Schema):
    direction = OneOf(("up", "down"), required=True)


def get_pipeline(viewer: Viewer, pipeline_id: str, *, lock: bool = False) -> Pipeline:
    """Return a pipeline to an admin, archived ones too. Raises NotFound."""
    require_admin(viewer)
    wanted = select(Pipeline).where(Pipeline.id == pipeline_id)
    pipeline = db.session.scalars(wanted.with_for_update() if lock else wanted).first()
    if pipeline is None:
        raise errors.NotFound
    return pipeline


def get_open_stage(viewer: Viewer, stage_id: str) -> Stage:
    """Return a stage in use to an admin. Raises NotFound."""
    require_admin(viewer)
    stage = db.session.get(Stage, stage_id)
    if stage is None or stage.archived_at is not None:
        raise errors.NotFound
    return stage


def count_open_deals(viewer: Viewer, **where: str) -> int:
    """Return how many open deals, archived ones too, stand in a stage_id or a pipeline_id."""
    require_admin(viewer)
    ((name, value),) = where.items()
    column = {"stage_id": Deal.stage_id, "pipeline_id": Deal.pipeline_id}[name]
    counted = select(func.count()).select_from(Deal)
    return db.session.scalar(counted.where(column == value, Deal.status == StageKind.OPEN)) or 0


@command
def add_pipeline(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Add a pipeline with a first stage, won and lost; return its id."""
    require_admin(actor)
    data = load(NewPipelineSchema(), payload)
    last = db.session.scalar(select(func.max(Pipeline.position)))
    pipeline = Pipeline(id=new_id(), name=data["name"], position=(last or 0) + 1)
    db.session.add(pipeline)
    db.session.flush()
    ship = (
        ("qualified", StageKind.OPEN, 30),
        ("won", StageKind.WON, 100),
        ("lost", StageKind.LOST, 0),
    )
    for position, (key, kind, probability) in enumerate(ship):
        db.session.add(
            Stage(
                pipeline_id=pipeline.id,
                key=key,
                name="",
                kind=kind,
                position=position,
                probability=probability,
            )
        )
    record("pipeline.created", actor.id, data={"pipeline_id": pipeline.id, "name": pipeline.name})
    return pipeline.id


@command
def rename_pipeline(actor: Viewer, pipeline_id: str, payload: Mapping[str, Any]) -> None:
    """Rename a pipeline; without a name the one that ships goes by its own, translated."""
    pipeline = get_pipeline(actor, pipeline_id, lock=True)
    name = load(PipelineSchema(), payload).get("name") or ""
    if name != pipeline.name:
        record(
            "pipeline.changed",
            actor.id,
            data={"pipeline_id": pipeline.id, "changed": {"name": [pipeline.name, name]}},
        )
        pipeline.name = name


@command
def archive_pipeline(actor: Viewer, pipeline_id: str) -> None:
    """Put a pipeline away. Raises Conflict while it has open deals, or is the only one."""
    pipeline = get_pipeline(actor, pipeline_id, lock=True)
    if pipeline.archived_at is not None:
        return
    deals = count_open_deals(actor, pipeline_id=pipeline.id)
    if deals:
        raise errors.Conflict(
            ngettext(
                "%(num)s open deal is still in it. Move it first.",
                "%(num)s open deals are still in it. Move them first.",
                deals,
            )
        )
    others = (
        select(func.count())
        .select_from(Pipeline)
        .where(Pipeline.archived_at.is_(None), Pipeline.id != pipeline.id)
    )
    if not db.session.scalar(others):
        raise errors.Conflict(_("This is the only pipeline. Add another first."))
    pipeline.archived_at = clock.now()
    record("pipeline.archived", actor.id, data={"pipeline_id": pipeline.id})


@command
def add_stage(actor: Viewer, pipeline_id: str, payload: Mapping[str, Any]) -> str:
    """Add an open stage after the other open ones; return its id."""
    pipeline = get_pipeline(actor, pipeline_id, lock=True)
    data = load(NewStageSchema(), payload)
    stages = stages_of(pipeline.id)
    if len(stages) >= MOST_STAGES:
        raise errors.ValidationError({"name": [_("A pipeline has at most 12 stages.")]})
    stage = Stage(
        id=new_id(),
        pipeline_id=pipeline.id,
        name=data["name"],
        kind=StageKind.OPEN,
        position=0,
        probability=data["probability"],
    )
    db.session.add(stage)
    still_open = [s for s in stages if s.kind == StageKind.OPEN]
    _number([*still_open, stage, *(s for s in stages if s.kind != StageKind.OPEN)])
    record("stage.created", actor.id, data={"stage_id": stage.id, "name": stage.name})
    return stage.id


def _number(stages: list[Stage]) -> None:
    for position, stage in enumerate(stages):
        stage.position = position


@command
def update_stage(actor: Viewer, stage_id: str, payload: Mapping[str, Any]) -> None:
    """Change a stage's name and its chance. Without a name, one that ships is named in each
    reader's language; won and lost keep their chance."""
    stage = get_open_stage(actor, stage_id)
    data = load(StageSchema(), payload)
    data["name"] = data.get("name") or ""
    if not data["name"] and not stage.key:
        raise errors.ValidationError({"name": [_("This is needed.")]})
    if stage.kind != StageKind.OPEN:
        data["probability"] = stage.probability
    changed = set_fields(stage, data)
    if changed:
        record("stage.changed", actor.id, data={"stage_id": stage.id, "changed": changed})


@command
def shift_stage(actor: Viewer, stage_id: str, payload: Mapping[str, Any]) -> None:
    """Move an open stage one place up or down among the open ones; at the end nothing happens."""
    step = -1 if load(ShiftSchema(), payload)["direction"] == "up" else 1
    stage = get_open_stage(actor, stage_id)
    get_pipeline(actor, stage.pipeline_id, lock=True)
    stages = stages_of(stage.pipeline_id)
    line = [s for s in stages if s.kind == StageKind.OPEN]
    if stage not in line:
        raise errors.Conflict(_("Won and lost stay at the end."))
    here = line.index(stage)
    there = here + step
    if not 0 <= there < len(line):
        return
    line[here], line[there] = line[there], line[here]
    _number([*line, *(s for s in stages if s.kind != StageKind.OPEN)])
    record("stage.reordered", actor.id, data={"stage_id": stage.id, "order": [s.id for s in line]})
