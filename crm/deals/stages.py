"""The stages of a pipeline as people see them: open ones in order, then Closed (won and lost)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from crm import errors
from crm.database import db, is_id
from crm.deals.models import Pipeline, Stage, StageKind

DEFAULT_STAGES = (
    ("lead", StageKind.OPEN, 10),
    ("qualified", StageKind.OPEN, 30),
    ("proposal", StageKind.OPEN, 60),
    ("won", StageKind.WON, 100),
    ("lost", StageKind.LOST, 0),
)


def default_pipeline() -> Pipeline:
    """Return the first pipeline. Raises NotFound before set-up."""
    pipeline = db.session.scalars(
        select(Pipeline).where(Pipeline.archived_at.is_(None)).order_by(Pipeline.position)
    ).first()
    if pipeline is None:
        raise errors.NotFound
    return pipeline


def all_pipelines() -> list[Pipeline]:
    """Return the pipelines in use, in their order."""
    return list(
        db.session.scalars(
            select(Pipeline).where(Pipeline.archived_at.is_(None)).order_by(Pipeline.position)
        )
    )


def stages_of(pipeline_id: str, *, archived: bool = False) -> list[Stage]:
    """Return the stages in order: the open ones, then won, then lost."""
    stages = select(Stage).where(Stage.pipeline_id == pipeline_id).order_by(Stage.position)
    if not archived:
        stages = stages.where(Stage.archived_at.is_(None))
    return list(db.session.scalars(stages))


def get_stage(stage_id: str | None) -> Stage:
    """Return a stage in use of a pipeline in use, held until the command ends: nobody takes it
    away meanwhile. Raises NotFound."""
    held = select(Stage).where(Stage.id == stage_id).with_for_update(read=True, key_share=True)
    fresh = held.execution_options(populate_existing=True)
    stage = db.session.scalars(fresh).first() if stage_id else None
    pipeline = db.session.get(Pipeline, stage.pipeline_id) if stage else None
    if stage is None or stage.archived_at or pipeline is None or pipeline.archived_at:
        raise errors.NotFound
    return stage


def add_default_pipeline() -> Pipeline:
    """Make the pipeline that ships; inside the set-up command."""
    pipeline = Pipeline(name="", position=0)
    db.session.add(pipeline)
    db.session.flush()
    for position, (key, kind, probability) in enumerate(DEFAULT_STAGES):
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
    db.session.flush()
    return pipeline


def stage_labels() -> dict[str, str]:
    """Return every stage's name by its id, removed ones too, as the reader says it."""
    return {stage.id: stage.label for stage in db.session.scalars(select(Stage))}


@dataclass(frozen=True)
class Track:
    """A pipeline as its thread shows it: the open stages in order, then Closed."""

    pipeline: Pipeline
    open: list[Stage]
    won: Stage
    lost: Stage

    def at(self, stage_id: str) -> Stage | None:
        """Return the stage with this id, if it is one of the track's."""
        return next((s for s in (*self.open, self.won, self.lost) if s.id == stage_id), None)

    def after(self, stage_id: str) -> Stage | None:
        """Return the open stage behind this one; None at the end."""
        ids = [s.id for s in self.open]
        if stage_id not in ids or stage_id == ids[-1]:
            return None
        return self.open[ids.index(stage_id) + 1]


def track_of(pipeline: Pipeline) -> Track:
    """Return the pipeline's track."""
    stages = stages_of(pipeline.id)
    return Track(
        pipeline,
        [s for s in stages if s.kind == StageKind.OPEN],
        next(s for s in stages if s.kind == StageKind.WON),
        next(s for s in stages if s.kind == StageKind.LOST),
    )


def get_pipeline(pipeline_id: str | None) -> Pipeline:
    """Return the pipeline, or the first one when none is named. Raises NotFound."""
    if not pipeline_id:
        return default_pipeline()
    pipeline = db.session.get(Pipeline, pipeline_id) if is_id(pipeline_id) else None
    if pipeline is None:
        raise errors.NotFound
    return pipeline
