"""How one file is read: its kind, where each column goes, its dates, stages and owners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from crm.deals.stages import default_pipeline, stages_of
from crm.i18n import fold
from crm.i18n.currencies import form_code
from crm.imports import dates
from crm.imports.guessing import guess_columns, guess_kind, guess_stages, used_targets
from crm.imports.kinds import field_of
from crm.imports.reading import Row, Table
from crm.users.viewer import Viewer

#: Who gets the rows that name nobody (or nobody known); anything else is a user's id.
MINE, NOBODYS = "me", "nobody"
MOST_STAGES = 60


@dataclass(frozen=True)
class Spec:
    """Immutable; kept as JSON with the job."""

    kind: str
    headers: tuple[str, ...]
    #: The field of each column, "" for one left out.
    columns: tuple[str, ...]
    date_layout: str = "ymd"
    #: As in a form: IRT is toman.
    currency: str = "IRT"
    #: Stage ids by the folded word that the file has for them.
    stages: Mapping[str, str] = field(default_factory=dict)
    owner: str = MINE
    #: Whether accounts, contacts and teams that are only named get a record of their own.
    creates: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` takes."""
        return {**asdict(self), "stages": dict(self.stages)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Spec:
        """Return the spec that was kept."""
        lists = {name: tuple(data[name]) for name in ("headers", "columns")}
        return cls(**{**data, **lists})

    def cells(self, row: Sequence[str], target: str) -> list[str]:
        """Return the row's non-empty cells that go to a field."""
        return [row[at] for at in self.used.get(target, ()) if row[at]]

    def cell(self, row: Sequence[str], target: str) -> str:
        """Return the row's first non-empty cell that goes to a field, or ""."""
        return next(iter(self.cells(row, target)), "")

    @cached_property
    def used(self) -> Mapping[str, list[int]]:
        """Which columns go to each field."""
        return used_targets(self.columns)


@dataclass(frozen=True)
class Guess:
    """What was found out about a file before anybody was asked."""

    spec: Spec
    is_date_ambiguous: bool
    #: The file's own words for stages, in the order of their first row.
    stage_words: tuple[str, ...]


def guess(viewer: Viewer, table: Table, file_name: str = "", kind: str | None = None) -> Guess:
    """Return how to read the table, with `kind` guessed from the header unless given.

    A header that says nothing is taken for contacts, with its columns left out.
    """
    kind = kind or guess_kind(table.headers, file_name) or "contacts"
    columns = tuple(guess_columns(kind, table.headers))
    return complete(
        viewer,
        table.rows,
        Spec(
            kind=kind,
            headers=table.headers,
            columns=columns,
            owner=default_owner(viewer, kind),
            currency=form_code(viewer.currency, viewer.locale.money_unit),
        ),
    )


def default_owner(viewer: Viewer, kind: str) -> str:
    """An admin's list of customers is everybody's; a deal or a call is somebody's own."""
    shared = kind in ("accounts", "contacts", "leads")
    return NOBODYS if viewer.is_admin and shared else MINE


def complete(viewer: Viewer, rows: Sequence[Row], spec: Spec) -> Guess:
    """Return the spec with the date layout and the stages that follow from its columns."""
    layout = dates.detect(_date_texts(rows, spec), viewer.locale)
    words = stage_words(rows, spec)
    stages = guess_stages(words, stages_of(default_pipeline().id)) if words else {}
    known = {fold(word) for word in words}
    kept = {word: stage for word, stage in spec.stages.items() if word in known}
    fresh = Spec.from_json(
        {**spec.as_json(), "date_layout": layout.layout, "stages": {**stages, **kept}}
    )
    return Guess(fresh, layout.is_ambiguous, words)


def _date_texts(rows: Sequence[Row], spec: Spec) -> set[str]:
    dated = [
        at
        for at, target in enumerate(spec.columns)
        if (found := field_of(spec.kind, target)) and found.reads in ("date", "moment")
    ]
    return {cells[at] for _line, cells in rows for at in dated if at < len(cells)}


def stage_words(rows: Sequence[Row], spec: Spec) -> tuple[str, ...]:
    """Return the file's distinct words in its stage column."""
    if spec.kind != "deals":
        return ()
    seen: dict[str, str] = {}
    for at in spec.used.get("stage", ()):
        for _line, cells in rows:
            if at < len(cells) and cells[at] and len(seen) < MOST_STAGES:
                seen.setdefault(fold(cells[at]), cells[at])
    return tuple(seen.values())
