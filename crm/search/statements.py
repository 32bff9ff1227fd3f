"""The statements of search, built once a shape: building them costs more than running them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Text,
    bindparam,
    column,
    func,
    select,
    table,
    text,
    union_all,
)

from crm.database import is_sqlite
from crm.i18n import Locale
from crm.search import index
from crm.search.models import SearchEntry as Entry
from crm.users.ownership import anyone, may_see, seen_parts, viewer_params
from crm.users.viewer import Viewer

#: PostgreSQL would soon plan for a word of average frequency; words are anything but average.
PLAN_EACH = text("SET LOCAL plan_cache_mode = force_custom_plan")
#: The shortest word that the index knows.
TRIGRAM = 3
_INDEX = table("search_index", column("rowid"), column("search_index", Text))
_COLUMNS = (Entry.row_id, Entry.record_type, Entry.record_id, Entry.title, Entry.subtitle)
_LIMIT: Any = bindparam("most")
_STARTS = (Entry.title_folded >= bindparam("first"), Entry.title_folded < bindparam("last"))


class Shape(NamedTuple):
    """What the text of a statement depends on; the viewer is one of parameters."""

    sqlite: bool
    standing: tuple[bool, int]
    has_types: bool
    words: int = 0

    @property
    def viewer(self) -> Viewer:
        is_admin, teams = self.standing
        role = "admin" if is_admin else "rep"
        return anyone(Viewer("", "", role, None, ("",) * teams, Locale()))


def shape_of(viewer: Viewer, types: tuple[str, ...]) -> Shape:
    """Return the shape for who looks for what."""
    return Shape(is_sqlite(), (viewer.is_admin, len(viewer.team_ids)), bool(types))


def params_of(viewer: Viewer, types: tuple[str, ...], limit: int) -> dict[str, Any]:
    """Return the values that go with every statement of the viewer's shape."""
    return {"most": limit, "types": types, **viewer_params(viewer)}


def title_params(typed: str) -> dict[str, str]:
    """Return the range of titles that begin with the text."""
    return {"first": typed, "last": f"{typed}\U0010ffff"}


def word_params(viewer: Viewer, parts: list[str]) -> dict[str, str]:
    """Return the words as each database takes them; SQLite's index also takes whose they are."""
    if is_sqlite():
        words = [f'"{part}"' for part in parts if len(part) >= TRIGRAM]
        return {f"word_{n}": part for n, part in enumerate(parts)} | {
            "fts": " AND ".join(words + _whose(viewer))
        }
    escaped = (re.sub(r"([\\%_])", r"\\\1", part) for part in parts)
    return {f"word_{n}": f"%{part}%" for n, part in enumerate(escaped)}


def _whose(viewer: Viewer) -> list[str]:
    if viewer.is_admin:
        return []
    marks = [index.owner_mark(viewer.id), *map(index.team_mark, viewer.team_ids), index.NOBODYS]
    quoted = (f'"{mark}"' for mark in marks)
    return [f"({' OR '.join(quoted)})"]


@lru_cache
def by_title(shape: Shape) -> Any:
    """Titles in a range, the shortest first."""
    if shape.standing[0] or not shape.sqlite:
        rows = select(*_COLUMNS).where(*_STARTS)
        return _seen(rows, shape).order_by(Entry.title_folded)
    return _own(shape, _STARTS, lambda rows: rows.title_folded)


@lru_cache
def by_words(shape: Shape) -> Any:
    """Lines that hold all the words, the newest first."""
    if shape.sqlite:
        return _seen(_matches(select(*_COLUMNS), shape), shape)
    held = (Entry.folded.like(bindparam(f"word_{n}")) for n in range(shape.words))
    # The sum keeps it from walking everybody's rows from the newest on, which it believes to be
    # short for a common word, until it has met enough of the few that this viewer may see.
    newest = Entry.row_id if shape.standing[0] else Entry.row_id + 0
    return _seen(select(*_COLUMNS).where(*held), shape).order_by(newest.desc())


@lru_cache
def own_latest(shape: Shape, *, goes_on: bool) -> Any:
    """The newest of what the viewer may see, or what follows `before`."""
    wanted = (Entry.row_id < bindparam("before"),) if goes_on else ()
    return _own(shape, wanted, lambda rows: rows.row_id.desc())


def _kinds(rows: Any, shape: Shape) -> list[ColumnElement[bool]]:
    return [rows.record_type.in_(bindparam("types", expanding=True))] if shape.has_types else []


def _seen(rows: Any, shape: Shape) -> Any:
    return rows.where(may_see(Entry, shape.viewer), *_kinds(Entry, shape)).limit(_LIMIT)


def _held(shape: Shape) -> list[ColumnElement[bool]]:
    return [func.instr(Entry.folded, bindparam(f"word_{n}")) > 0 for n in range(shape.words)]


def _matches(rows: Any, shape: Shape) -> Any:
    # The index knows nothing of a word of one letter, so the line itself is asked for each.
    return (
        rows.select_from(_INDEX)
        .join(Entry, Entry.row_id == _INDEX.c.rowid)
        .where(_INDEX.c.search_index.op("MATCH")(bindparam("fts")), *_held(shape))
        .order_by(_INDEX.c.rowid.desc())
    )


def _own(shape: Shape, wanted: Any, order: Callable[[Any], Any]) -> Any:
    rows = union_all(
        *(
            select(*_COLUMNS, Entry.title_folded).where(part, *_kinds(Entry, shape), *wanted)
            for part in seen_parts(Entry, shape.viewer)
        )
    )
    return rows.order_by(order(rows.selected_columns)).limit(_LIMIT)
