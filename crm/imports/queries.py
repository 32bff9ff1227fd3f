"""Reads of imports: an admin sees all, a manager his own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Select, or_, select

from crm.database import db
from crm.deals.models import Stage
from crm.deals.stages import default_pipeline, stages_of
from crm.errors import NotFound
from crm.i18n import fold
from crm.imports.kinds import FIELDS, Field
from crm.imports.models import ImportJob
from crm.imports.reading import Table
from crm.imports.spec import Guess, Spec, complete
from crm.imports.storage import JobFiles
from crm.users.models import Role, User
from crm.users.sessions import viewer_of
from crm.users.viewer import Viewer


def _seen(viewer: Viewer) -> Select[ImportJob]:
    jobs = select(ImportJob)
    return jobs if viewer.is_admin else jobs.where(ImportJob.owner_id == viewer.id)


def visible_imports(viewer: Viewer, most: int = 30) -> Sequence[ImportJob]:
    """Return the latest imports, the newest first."""
    return db.session.scalars(_seen(viewer).order_by(ImportJob.id.desc()).limit(most)).all()


def get_import(viewer: Viewer, job_id: str) -> ImportJob:
    """Return an import. Raises NotFound."""
    job = db.session.scalars(_seen(viewer).where(ImportJob.id == job_id)).first()
    if job is None or not viewer.is_manager:
        raise NotFound
    return job


def get_guess(viewer: Viewer, job: ImportJob, folder: Path) -> tuple[Table, Guess]:
    """Return the file's table, and how it would be read. Raises NotFound when it was swept."""
    table = get_table(job, folder)
    spec = Spec.from_json(job.spec)
    found = complete(viewer, table.rows, spec)
    return table, replace(found, spec=replace(found.spec, date_layout=spec.date_layout))


def get_table(job: ImportJob, folder: Path) -> Table:
    """Return the file's table. Raises NotFound when it was swept."""
    try:
        return JobFiles(folder, job.id).table()
    except FileNotFoundError:
        raise NotFound from None


def kinds_for(viewer: Viewer) -> list[str]:
    """Return the kinds that the viewer may bring in: users are for admins."""
    return [kind for kind in FIELDS if kind != "users" or viewer.is_admin]


def fields_for(kind: str) -> tuple[Field, ...]:
    """Return where a column may go."""
    return FIELDS[kind]


def stages_for(_viewer: Viewer) -> list[Stage]:
    """Return the stages that a word in a file may mean: those of the first pipeline."""
    return stages_of(default_pipeline().id)


def owners_for(viewer: Viewer) -> list[tuple[str, str]]:
    """Return (id, name) of those to whom the viewer may give what is brought in."""
    people = select(User.id, User.name).where(User.id != viewer.id).order_by(User.name)
    if not viewer.is_admin:
        people = people.where(User.team_id.in_(viewer.team_ids))
    return [(row.id, row.name) for row in db.session.execute(people)]


def find_importer(login: str | None) -> Viewer | None:
    """Return the manager or admin who signs in so, or without a name the first admin."""
    people = select(User.id).where(User.is_active).order_by(User.created_at, User.id)
    if login is None:
        people = people.where(User.role == Role.ADMIN)
    else:
        people = people.where(
            or_(User.email == fold(login), User.phone == login.strip()),
            User.role.in_((Role.ADMIN, Role.MANAGER)),
        )
    user_id = db.session.scalars(people).first()
    return viewer_of(user_id) if user_id else None
