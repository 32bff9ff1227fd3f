"""Authorisation is the query: what a record's owner and team mean for who sees it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, ForeignKey, Select, and_, bindparam, or_, select, true
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from crm import clock
from crm.database import Id, Key, Ref, db, is_id
from crm.errors import NotFound
from crm.users.models import User
from crm.users.viewer import Viewer

T = TypeVar("T", bound="Owned")


class Owned:
    """The columns of every record that belongs to somebody."""

    id: Mapped[Key]
    team_id: Mapped[Ref | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)
    #: Where the record came from in an import, so that a second import finds it.
    import_key: Mapped[str | None]

    @declared_attr
    def owner_id(cls) -> Mapped[Ref | None]:
        return mapped_column(ForeignKey("user.id"))

    def touch(self) -> None:
        """Mark the record as changed now."""
        self.updated_at = clock.now()
        self.version = (self.version or 1) + 1


def may_see(columns: Any, viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition under which `viewer` sees rows of `columns` (has owner_id, team_id).

    A rep: his own, what his team shares, and what belongs to nobody. A manager: his teams.
    An admin: all.
    """
    if viewer.is_admin:
        return true()
    # A page asks for the same two dozen times, and to build it costs more than to run it.
    rule = _seen_by_kept if isinstance(columns, type) else _seen_by
    return rule(columns, viewer.id, viewer.team_ids)


def _seen_by(columns: Any, viewer_id: str, team_ids: tuple[str, ...]) -> ColumnElement[bool]:
    # Not IN: its list is spelled out anew at each execution.
    teams = [columns.team_id == team_id for team_id in team_ids]
    nobodys = and_(columns.owner_id.is_(None), columns.team_id.is_(None))
    return or_(columns.owner_id == viewer_id, *teams, nobodys)


_seen_by_kept = lru_cache(maxsize=1024)(_seen_by)


def sees(viewer: Viewer, record: Any) -> bool:
    """Whether `viewer` sees a record at hand (.owner_id, .team_id): as `may_see`, for work about
    many people at once, where no query is one person's."""
    if viewer.is_admin or record.owner_id == viewer.id or record.team_id in viewer.team_ids:
        return True
    return record.owner_id is None and record.team_id is None


def my_people(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition for the users that the viewer answers for: himself, and a manager for
    his teams, an admin for all."""
    if viewer.is_admin:
        return true()
    if not viewer.is_manager:
        return User.id == viewer.id
    return or_(User.id == viewer.id, User.team_id.in_(viewer.team_ids))


def with_visible(rows: Any, viewer: Viewer, *around: tuple[Any, Any]) -> Select[Any]:
    """Return the select `rows` with each (model, key) that `viewer` may see joined to it."""
    joined: Select[Any] = rows
    for model, key in around:
        joined = joined.outerjoin(model, and_(model.id == key, may_see(model, viewer)))
    return joined


def seen_parts(columns: Any, viewer: Viewer) -> list[ColumnElement[bool]]:
    """Return `may_see` cut into conditions of which a row meets one at most.

    For lists over large tables: each part, joined by UNION ALL, walks an index of its own in the
    list's order, where one OR over all of them would read and sort everything first.
    """
    if viewer.is_admin:
        return [true()]
    mine = columns.owner_id == viewer.id
    others = or_(columns.owner_id.is_(None), columns.owner_id != viewer.id)
    teams = [and_(columns.team_id == team_id, others) for team_id in viewer.team_ids]
    return [mine, *teams, and_(columns.owner_id.is_(None), columns.team_id.is_(None))]


def anyone(like: Viewer) -> Viewer:
    """Return a viewer of the same standing whose ids are parameters (see `viewer_params`).

    A statement of a hot path is built with it once, by the rule that stands here alone.
    """
    me: Any = bindparam("viewer_id", type_=Id)
    teams: Any = tuple(bindparam(f"team_{n}", type_=Id) for n in range(len(like.team_ids)))
    return Viewer(me, "", "admin" if like.is_admin else "rep", None, teams, like.locale)


def viewer_params(viewer: Viewer) -> dict[str, str]:
    """Return the values for a statement built with `anyone`."""
    teams = {f"team_{n}": team_id for n, team_id in enumerate(viewer.team_ids)}
    return {"viewer_id": viewer.id, **teams}


def visible(viewer: Viewer, model: type[T], *, archived: bool = False) -> Select[T]:
    """Return a select of the model's rows that the viewer may see, without the archived ones."""
    rows = select(model).where(may_see(model, viewer))
    return rows if archived else rows.where(model.archived_at.is_(None))


def find(viewer: Viewer, model: type[T], record_id: str | None, *, lock: bool = False) -> T | None:
    """Return the record if it is there and the viewer may see it (archived ones too), else None."""
    if not is_id(record_id):  # PostgreSQL refuses to compare anything else with one
        return None
    wanted = visible(viewer, model, archived=True).where(model.id == record_id)
    if lock:
        # No key ever changes: who inserts a row that refers to this one need not wait.
        wanted = wanted.with_for_update(of=model, key_share=True).execution_options(
            populate_existing=True
        )
    return db.session.scalars(wanted).first()


def get(viewer: Viewer, model: type[T], record_id: str | None, *, lock: bool = False) -> T:
    """Return the record, locked for a change if asked. Raises NotFound as for one not there."""
    record = find(viewer, model, record_id, lock=lock)
    if record is None:
        raise NotFound
    return record
