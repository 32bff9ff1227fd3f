"""Whole files one after another: what the command line does, without jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crm import errors
from crm.deals.stages import default_pipeline, stages_of
from crm.i18n import _, fold
from crm.imports.commands import check_may_import, import_rows
from crm.imports.dates import LAYOUTS
from crm.imports.guessing import find_stage, find_target
from crm.imports.keys import KeyedRow, prepare
from crm.imports.kinds import KINDS
from crm.imports.lookup import Overlay
from crm.imports.process import ROWS_A_TRANSACTION, decide
from crm.imports.reading import Table, read_table
from crm.imports.spec import Guess, complete, guess
from crm.imports.verdicts import Verdict, count
from crm.users.viewer import Viewer


@dataclass(frozen=True)
class Options:
    """What somebody says about the files instead of leaving it to be guessed."""

    kind: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    date_layout: str | None = None
    owner: str | None = None
    creates: bool = True


@dataclass
class Plan:
    """A file, how it is read, and its rows in the order to take them."""

    name: str
    table: Table
    guess: Guess
    rows: list[KeyedRow]
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each outcome."""
        return count(self.verdicts)

    def as_json(self) -> dict[str, Any]:
        """Return the file's part of a report."""
        spec = self.guess.spec
        return {
            "file": self.name,
            "kind": spec.kind,
            "encoding": self.table.encoding,
            "delimiter": self.table.delimiter,
            "currency": spec.currency,
            "columns": dict(zip(spec.headers, spec.columns, strict=True)),
            "date_layout": spec.date_layout,
            "date_ambiguous": self.guess.is_date_ambiguous,
            "stages": self.stage_names(),
            "counts": self.counts,
            "rows": [verdict.as_json() for verdict in self.verdicts],
        }

    def stage_names(self) -> dict[str, str]:
        """Return {the file's word: our stage, or "" for a word that means none}."""
        labels = {stage.id: stage.label for stage in stages_of(default_pipeline().id)}
        known = self.guess.spec.stages
        return {word: labels.get(known.get(fold(word), ""), "") for word in self.guess.stage_words}


def plan_file(viewer: Viewer, content: bytes, name: str, options: Options) -> Plan:
    """Return the plan for a file. Raises ValidationError or NotAllowed with a sentence."""
    table = read_table(content)
    found = guess(viewer, table, name, options.kind)
    if options.kind is None and not any(found.spec.columns):
        raise errors.ValidationError(
            _("The header does not say what is in this file. Name it with --kind.")
        )
    check_may_import(viewer, found.spec.kind)
    found = _corrected(viewer, table, found, options)
    return Plan(name, table, found, prepare(found.spec, table.rows))


def _corrected(viewer: Viewer, table: Table, found: Guess, options: Options) -> Guess:
    columns = list(found.spec.columns)
    for header, said in options.columns.items():
        # Several files may be given: a column that is not in this one is in another.
        if header in table.headers:
            target = find_target(found.spec.kind, said) if said else ""
            if target is None:
                raise errors.ValidationError(_("There is no field “%(name)s” here.", name=said))
            columns[table.headers.index(header)] = target
    found = complete(
        viewer,
        table.rows,
        replace(
            found.spec,
            columns=tuple(columns),
            stages=_stages(options.stages),
            creates=options.creates,
            currency=options.currency or found.spec.currency,
            owner=options.owner or found.spec.owner,
        ),
    )
    if options.date_layout is None:
        return found
    if options.date_layout not in LAYOUTS:
        raise errors.ValidationError(_("Choose one of those offered."))
    return replace(
        found, spec=replace(found.spec, date_layout=options.date_layout), is_date_ambiguous=False
    )


def _stages(said: Mapping[str, str]) -> dict[str, str]:
    stages = stages_of(default_pipeline().id) if said else []
    chosen = {}
    for word, name in said.items():
        stage = find_stage(name, stages)
        if stage is None:
            raise errors.ValidationError(_("There is no stage “%(name)s” here.", name=name))
        chosen[fold(word)] = stage.id
    return chosen


def in_order(plans: Sequence[Plan]) -> list[Plan]:
    """Return the plans so that what others refer to comes first."""
    order = list(KINDS)
    return sorted(plans, key=lambda plan: order.index(plan.guess.spec.kind))


def check_files(viewer: Viewer, plans: Sequence[Plan]) -> None:
    """Fill in the verdicts and write nothing; later files see what earlier ones would add."""
    overlay = Overlay()
    for plan in plans:
        for rows in _portions(plan.rows):
            plan.verdicts += decide(viewer, plan.guess.spec, rows, overlay)[1]


def run_files(
    actor: Viewer, plans: Sequence[Plan], told: Callable[[Plan], None] = lambda _plan: None
) -> None:
    """Bring the files in, each portion by `import_rows`; `told` hears of each portion."""
    for plan in plans:
        for rows in _portions(plan.rows):
            plan.verdicts += import_rows(actor, plan.guess.spec, rows)
            told(plan)


def _portions(rows: Sequence[KeyedRow]) -> Iterator[Sequence[KeyedRow]]:
    for start in range(0, len(rows), ROWS_A_TRANSACTION):
        yield rows[start : start + ROWS_A_TRANSACTION]
