"""Writes of imports: take a file in, say how it is read, check it, bring it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select

from crm import clock, errors
from crm.database import command, db, new_id
from crm.deals.stages import default_pipeline, stages_of
from crm.i18n import CURRENCIES, _, fold
from crm.imports.dates import LAYOUTS
from crm.imports.keys import KeyedRow, prepare
from crm.imports.kinds import field_of
from crm.imports.lookup import Overlay
from crm.imports.models import ImportJob, ImportStatus
from crm.imports.process import ROWS_A_TRANSACTION, decide, write
from crm.imports.queries import get_import, get_table, kinds_for, owners_for
from crm.imports.reading import read_table
from crm.imports.spec import MINE, NOBODYS, Spec, complete, guess, stage_words
from crm.imports.storage import JobFiles, sweep
from crm.imports.verdicts import Verdict, add_counts, count
from crm.timeline.record import record
from crm.users.viewer import Viewer

#: A phone waits for this many at a time; the bar moves in between.
ROWS_A_STEP = 500
#: Files with people's data do not lie about for ever.
KEPT = timedelta(days=30)


def check_may_import(viewer: Viewer, kind: str | None = None) -> None:
    """Raise NotAllowed unless the viewer may import (this kind)."""
    if not viewer.is_manager or (kind is not None and kind not in kinds_for(viewer)):
        raise errors.NotAllowed(_("Only managers and admins bring files in; users only admins."))


@command
def import_rows(actor: Viewer, spec: Spec, rows: Sequence[KeyedRow]) -> list[Verdict]:
    """Bring in at most `ROWS_A_TRANSACTION` rows and return what became of each."""
    check_may_import(actor, spec.kind)
    if len(rows) > ROWS_A_TRANSACTION:
        raise ValueError(len(rows))
    return write(actor, spec, rows)


@command
def start_import(actor: Viewer, content: bytes, file_name: str, folder: Path) -> str:
    """Take a file in and return the id of its job; nothing is imported yet.

    Raises ValidationError with a sentence where the file cannot be read.
    """
    check_may_import(actor)
    table = read_table(content)
    found = guess(actor, table, file_name)
    if found.spec.kind not in kinds_for(actor):
        found = guess(actor, table, file_name, "contacts")
    if len(table.headers) == 1 and not found.spec.columns[0]:
        raise errors.ValidationError(
            _("There is only one column. Are its cells apart by commas, semicolons or tabs?")
        )
    now = clock.now()
    sweep(folder, now - KEPT)
    job = ImportJob(
        id=new_id(),
        owner_id=actor.id,
        file_name=file_name[:200] or "CSV",
        spec=found.spec.as_json(),
        total=len(table.rows),
        created_at=now,
        updated_at=now,
    )
    JobFiles(folder, job.id).keep_table(table)
    db.session.add(job)
    record("import.started", actor.id, data={"import_id": job.id, "file": job.file_name})
    return job.id


def _locked(actor: Viewer, job_id: str) -> ImportJob:
    get_import(actor, job_id)
    return db.session.scalars(
        select(ImportJob)
        .where(ImportJob.id == job_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


@command
def choose_kind(actor: Viewer, job_id: str, kind: str, folder: Path) -> None:
    """Say what the file holds; its columns are guessed anew."""
    check_may_import(actor, kind)
    job = _locked(actor, job_id)
    _still_open(job)
    found = guess(actor, get_table(job, folder), job.file_name, kind)
    job.spec, job.status, job.updated_at = (found.spec.as_json(), ImportStatus.MAPPING, clock.now())


def _still_open(job: ImportJob) -> None:
    if job.status in (ImportStatus.RUNNING, ImportStatus.DONE):
        raise errors.Conflict(_("This file is being brought in already."))


@dataclass(frozen=True)
class ColumnMapping:
    """How a person says that a file is read: what the page of columns sends."""

    columns: tuple[str, ...]
    #: {the file's word, folded: stage id, or "" for a word that means none}.
    stages: dict[str, str] = field(default_factory=dict)
    #: Empty where the page showed no dates: then they are looked at.
    date_layout: str = ""
    currency: str = ""
    owner: str = MINE
    creates: bool = True


def read_mapping(viewer: Viewer, job: ImportJob, form: ColumnMapping) -> Spec:
    """Return the spec as corrected by hand. Raises ValidationError by form field."""
    spec = Spec.from_json(job.spec)
    columns = form.columns
    wrong: dict[str, list[str]] = {}
    if len(columns) != len(spec.headers) or any(t and not field_of(spec.kind, t) for t in columns):
        wrong["columns"] = [_("Choose one of those offered.")]
    elif not any(columns):
        wrong["columns"] = [_("Choose at least one column.")]
    stages = {"", *(stage.id for stage in stages_of(default_pipeline().id))}
    owners = {MINE, *(owner_id for owner_id, _name in owners_for(viewer))}
    offered = {
        "stages": set(form.stages.values()) <= stages,
        "owner": form.owner in owners | ({NOBODYS} if viewer.is_admin else set()),
        "date_layout": form.date_layout in ("", *LAYOUTS),
        "currency": form.currency in ("", *CURRENCIES),
    }
    wrong |= {name: [_("Choose one of those offered.")] for name, ok in offered.items() if not ok}
    if wrong:
        raise errors.ValidationError(wrong)
    return replace(
        spec,
        columns=columns,
        owner=form.owner,
        creates=form.creates,
        stages={word: stage_id for word, stage_id in form.stages.items() if stage_id},
        date_layout=form.date_layout or spec.date_layout,
        currency=form.currency or spec.currency,
    )


@command
def map_import(actor: Viewer, job_id: str, form: ColumnMapping, folder: Path) -> bool:
    """Say where each column goes; return whether the check of the rows begins.

    It does not while the file has words for stages that nobody was asked about: the page asks.
    """
    job = _locked(actor, job_id)
    _still_open(job)
    spec = read_mapping(actor, job, form)
    check_may_import(actor, spec.kind)
    rows = get_table(job, folder).rows
    if not form.date_layout:
        spec = replace(spec, date_layout=complete(actor, rows, spec).spec.date_layout)
    _rewind(job, ImportStatus.MAPPING)
    job.spec = spec.as_json()
    if {fold(word) for word in stage_words(rows, spec)} - set(form.stages):
        return False
    JobFiles(folder, job.id).keep_rows(prepare(spec, rows))
    job.status = ImportStatus.CHECKING
    return True


def _rewind(job: ImportJob, status: ImportStatus) -> None:
    job.status, job.counts, job.done = status, {}, 0
    job.rows_at = job.verdicts_at = 0
    job.updated_at = clock.now()


@command
def confirm_import(actor: Viewer, job_id: str, folder: Path) -> None:
    """Begin to bring the checked file in."""
    job = _locked(actor, job_id)
    if job.status != ImportStatus.CHECKED:
        _still_open(job)
        raise errors.Conflict(_("This file is not checked yet."))
    JobFiles(folder, job.id).keep_verdicts((), 0)
    _rewind(job, ImportStatus.RUNNING)


def check_next(viewer: Viewer, job_id: str, folder: Path) -> bool:
    """Check the next rows without importing them; return whether there are more.

    Nobody waits for it: the rows are looked at before the transaction that notes the progress.
    """
    job = get_import(viewer, job_id)
    if job.status != ImportStatus.CHECKING:
        return False
    files = JobFiles(folder, job.id)
    start = job.rows_at
    rows, end = files.rows(start, ROWS_A_STEP)
    overlay = Overlay()
    for seen in files.verdicts():
        for kind, name in seen.get("adds", ()):
            overlay.remember(kind, name)
    _batch, verdicts = decide(viewer, Spec.from_json(job.spec), rows, overlay)
    return _keep_check(viewer, job_id, files, verdicts, start, end)


@command
def _keep_check(
    actor: Viewer,
    job_id: str,
    files: JobFiles,
    verdicts: Sequence[Verdict],
    start: int,
    end: int,
) -> bool:
    job = _locked(actor, job_id)
    if job.status == ImportStatus.CHECKING and job.rows_at == start:
        _advance(job, files, verdicts, end)
        if not verdicts or job.done >= job.total:
            job.status = ImportStatus.CHECKED
    return job.status == ImportStatus.CHECKING


@command
def import_next(actor: Viewer, job_id: str, folder: Path) -> bool:
    """Bring in the next rows, at most a transaction's worth; return whether there are more."""
    job = _locked(actor, job_id)
    if job.status != ImportStatus.RUNNING:
        return False
    spec = Spec.from_json(job.spec)
    check_may_import(actor, spec.kind)
    files = JobFiles(folder, job.id)
    rows, end = files.rows(job.rows_at, ROWS_A_TRANSACTION)
    _advance(job, files, write(actor, spec, rows), end)
    if not rows or job.done >= job.total:
        job.status = ImportStatus.DONE
        record(
            "import.finished",
            actor.id,
            data={
                "import_id": job.id,
                "file": job.file_name,
                "kind": spec.kind,
                "counts": job.counts,
            },
        )
    return job.status == ImportStatus.RUNNING


def _advance(job: ImportJob, files: JobFiles, verdicts: Sequence[Verdict], end: int) -> None:
    job.verdicts_at = files.keep_verdicts(verdicts, job.verdicts_at)
    job.rows_at, job.done = end, job.done + len(verdicts)
    job.counts = add_counts(job.counts, count(verdicts))
    job.updated_at = clock.now()


def step(actor: Viewer, job_id: str, folder: Path) -> bool:
    """Do the next few hundred rows and return whether there are more to check or to import."""
    job = get_import(actor, job_id)
    if job.status == ImportStatus.CHECKING:
        return check_next(actor, job_id, folder)
    turns = range(ROWS_A_STEP // ROWS_A_TRANSACTION)
    return all(import_next(actor, job_id, folder) for _turn in turns)


@command
def remove_import(actor: Viewer, job_id: str, folder: Path) -> None:
    """Forget an import and its file; the records that came of it stay."""
    job = _locked(actor, job_id)
    JobFiles(folder, job.id).remove()
    db.session.execute(delete(ImportJob).where(ImportJob.id == job.id))
    record("import.removed", actor.id, data={"file": job.file_name})
