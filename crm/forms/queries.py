"""Reads of web forms and of what came by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true

from crm import errors
from crm.database import db, is_id
from crm.forms.models import Form, FormSubmission, State
from crm.leads.models import Lead
from crm.users.models import User
from crm.users.ownership import may_see, my_people
from crm.users.viewer import Viewer, require_admin

PAGE = 50


def find_public(slug: str) -> Form | None:
    """Return the form of a public address, switched off or not; anybody may read it."""
    return db.session.scalars(select(Form).where(Form.slug == slug)).first()


def get_form(viewer: Viewer, form_id: str) -> Form:
    """Return a form to an admin. Raises NotFound."""
    require_admin(viewer)
    form = db.session.get(Form, form_id)
    if form is None:
        raise errors.NotFound
    return form


def all_forms(viewer: Viewer) -> Sequence[Any]:
    """Return every form to an admin, those in use first: .Form, .taken, .waiting."""
    require_admin(viewer)
    return db.session.execute(
        select(
            Form, _count(State.TAKEN).label("taken"), _count(State.WAITING).label("waiting")
        ).order_by(Form.is_active.desc(), Form.title, Form.id)
    ).all()


def _count(state: State) -> Any:
    return (
        select(func.count())
        .select_from(FormSubmission)
        .where(FormSubmission.form_id == Form.id, FormSubmission.state == state.value)
        .correlate(Form)
        .scalar_subquery()
    )


def open_forms(_viewer: Viewer) -> Sequence[Any]:
    """Return (id, title) of the forms in use: whoever is signed in may hand them out."""
    rows = select(Form.id, Form.title).where(Form.is_active).order_by(Form.title, Form.id)
    return db.session.execute(rows).all()


def get_open_form(_viewer: Viewer, form_id: str) -> Form:
    """Return a form in use. Raises NotFound."""
    form = db.session.get(Form, form_id)
    if form is None or not form.is_active:
        raise errors.NotFound
    return form


def require_manager(viewer: Viewer) -> None:
    """Raise NotFound unless the viewer is a manager or an admin."""
    if not viewer.is_manager:
        raise errors.NotFound


def in_inbox(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition for what a manager looks through: what came by nobody's code, or by
    one of his people's. An admin: all."""
    if viewer.is_admin:
        return true()
    people = select(User.id).where(my_people(viewer))
    return or_(FormSubmission.owner_id.is_(None), FormSubmission.owner_id.in_(people))


def waiting(viewer: Viewer, limit: int = PAGE) -> Sequence[Any]:
    """Return what waits for a manager, the newest first: .FormSubmission, .title."""
    require_manager(viewer)
    return db.session.execute(
        select(FormSubmission, Form.title)
        .join(Form, Form.id == FormSubmission.form_id)
        .where(FormSubmission.state == State.WAITING.value, in_inbox(viewer))
        .order_by(FormSubmission.at.desc(), FormSubmission.id.desc())
        .limit(limit)
    ).all()


def count_waiting(viewer: Viewer) -> int:
    """Return how many wait for a manager."""
    require_manager(viewer)
    wait = (FormSubmission.state == State.WAITING.value, in_inbox(viewer))
    return db.session.scalar(select(func.count()).select_from(FormSubmission).where(*wait)) or 0


def submissions_of(viewer: Viewer, lead_id: str, limit: int = 5) -> Sequence[Any]:
    """Return what a visible lead sent, the newest first: title, at, and the consent it gave."""
    return db.session.execute(
        select(
            Form.title,
            FormSubmission.at,
            FormSubmission.consent_text,
            FormSubmission.consent_version,
            FormSubmission.consent_at,
        )
        .join(Form, Form.id == FormSubmission.form_id)
        .join(Lead, Lead.id == FormSubmission.lead_id)
        .where(Lead.id == lead_id, may_see(Lead, viewer))
        .order_by(FormSubmission.at.desc(), FormSubmission.id.desc())
        .limit(limit)
    ).all()


def find_rep(user_id: str | None) -> str | None:
    """Return the id if this is somebody who is active: his code may be on paper long after."""
    if not is_id(user_id):
        return None
    return db.session.scalar(select(User.id).where(User.id == user_id, User.is_active))
