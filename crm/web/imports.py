"""Importing a file from the phone: upload, columns, check, run; all of it without scripts too."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, make_response, request

from crm import errors
from crm.i18n import _, fold
from crm.i18n.currencies import form_code
from crm.imports import commands, queries
from crm.imports.commands import ColumnMapping
from crm.imports.dates import LAYOUTS
from crm.imports.kinds import KINDS, field_of
from crm.imports.models import ImportJob, ImportStatus
from crm.imports.problems import problems_csv
from crm.imports.reading import MOST_BYTES
from crm.imports.spec import Spec
from crm.imports.storage import JobFiles
from crm.imports.verdicts import OUTCOME_NAMES, OUTCOME_PLANS, Outcome
from crm.schema import Priced
from crm.web.choices import currency_choices
from crm.web.rendering import go, is_partial, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("imports", __name__, url_prefix="/imports")
managers = needs_role("manager", "admin")
SAMPLES, FIRST_PROBLEMS, PROBLEMS_SEEN, ROWS_A_PAGE = 3, 5, 20_000, 50
#: Without scripts each tap on "Continue" works this long.
SECONDS_A_TAP = 4.0


def _folder() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "imports"


def _index(status: int = 200, said: Any = None) -> Response:
    return render(
        "imports/index.html",
        status=status,
        errors=said or {},
        kinds=KINDS,
        jobs=queries.visible_imports(viewer()),
    )


@blueprint.get("")
@managers
def index() -> Any:
    """Where a file is chosen, and the imports there were."""
    return _index()


@blueprint.post("")
@managers
def create() -> Any:
    """Take the file in."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _index(422, {"file": [_("Choose a file first.")]})
    with file.stream as stream:
        content = stream.read(MOST_BYTES + 1)
    try:
        job_id = commands.start_import(viewer(), content, Path(file.filename).name, _folder())
    except errors.ValidationError as error:
        return _index(422, {"file": [str(error)]})
    return go(f"/imports/{job_id}/mapping")


@blueprint.get("/<id:import_id>/mapping")
@managers
def mapping(import_id: str) -> Any:
    """The columns of the file, as guessed."""
    return _mapping(queries.get_import(viewer(), import_id))


def _mapping(job: ImportJob, status: int = 200, said: Any = None) -> Response:
    if job.status in (ImportStatus.RUNNING, ImportStatus.DONE):
        return go(f"/imports/{job.id}")
    table, guess = queries.get_guess(viewer(), job, _folder())
    spec = guess.spec
    columns = [
        {
            "name": f"c{at}",
            "header": header,
            "target": spec.columns[at],
            "samples": list(islice(dict.fromkeys(r[at] for _n, r in table.rows if r[at]), SAMPLES)),
        }
        for at, header in enumerate(spec.headers)
    ]
    dated = any(
        (f := field_of(spec.kind, t)) and f.reads in ("date", "moment") for t in spec.columns
    )
    codes = dict.fromkeys([spec.currency, *sorted(_form_currencies())])
    return render(
        "imports/mapping.html",
        status=status,
        errors=said or {},
        job=job,
        spec=spec,
        columns=columns,
        fields=[(f.name, _(f.label)) for f in queries.fields_for(spec.kind)],
        kinds=[(kind, _(KINDS[kind])) for kind in queries.kinds_for(viewer())],
        layouts=[(name, _(label)) for name, label in LAYOUTS.items()] if dated else [],
        is_date_ambiguous=dated and guess.is_date_ambiguous,
        words=[(word, spec.stages.get(fold(word), "")) for word in guess.stage_words],
        stages=[(s.id, s.label) for s in queries.stages_for(viewer())],
        owners=queries.owners_for(viewer()),
        currencies=currency_choices(codes),
    )


def _form_currencies() -> set[str]:
    chosen: set[str] = set(Priced().fields["currency"].choices)  # type: ignore[attr-defined]
    return {form_code(code, "toman" if code == "IRT" else "rial") for code in chosen}


@blueprint.post("/<id:import_id>/kind")
@managers
def choose_kind(import_id: str) -> Any:
    """Say what the file holds."""
    kind = request.form.get("kind", "")
    if kind not in queries.kinds_for(viewer()):
        job = queries.get_import(viewer(), import_id)
        return _mapping(job, 422, {"kind": [_("Choose one of those offered.")]})
    commands.choose_kind(viewer(), import_id, kind, _folder())
    return go(f"/imports/{import_id}/mapping")


@blueprint.post("/<id:import_id>/mapping")
@managers
def update_mapping(import_id: str) -> Any:
    """Say where each column goes, and have the rows checked."""
    job = queries.get_import(viewer(), import_id)
    try:
        checks = commands.map_import(viewer(), import_id, _read_form(job), _folder())
    except errors.ValidationError as error:
        return _mapping(queries.get_import(viewer(), import_id), 422, error.fields)
    return go(f"/imports/{import_id}" if checks else f"/imports/{import_id}/mapping#stages")


def _read_form(job: ImportJob) -> ColumnMapping:
    form = request.form
    width = len(Spec.from_json(job.spec).headers)
    words = [(name[4:], fold(word)) for name, word in form.items() if name.startswith("word")]
    return ColumnMapping(
        columns=tuple(form.get(f"c{at}", "") for at in range(width)),
        stages={word: form.get(f"stage{at}", "") for at, word in words},
        date_layout=form.get("date_layout", ""),
        currency=form.get("currency", ""),
        owner=form.get("owner", "me"),
        creates="creates" in form,
    )


@blueprint.get("/<id:import_id>")
@managers
def show(import_id: str) -> Any:
    """How far the import is, or what came of it."""
    job = queries.get_import(viewer(), import_id)
    if job.status == ImportStatus.MAPPING:
        return go(f"/imports/{job.id}/mapping")
    return _status(job)


def _status(job: ImportJob) -> Response:
    spec = Spec.from_json(job.spec)
    return render(
        "imports/show.html",
        "imports/_status.html",
        job=job,
        counts=job.counts,
        kind_label=_(KINDS[spec.kind]),
        problems=[] if job.is_moving else _first_problems(job),
        outcomes=_outcomes(job),
        records_url=_RECORDS[spec.kind],
    )


def _first_problems(job: ImportJob) -> list[dict[str, Any]]:
    """Return a few rows to look at: those that failed before those with a remark."""
    found = list(islice(JobFiles(_folder(), job.id).verdicts(problems=True), PROBLEMS_SEEN))
    return sorted(found, key=lambda verdict: verdict["verdict"] != "failed")[:FIRST_PROBLEMS]


def _outcomes(job: ImportJob) -> dict[Outcome, str]:
    """Return how the list says a verdict: done already, or only meant to be."""
    has_run = job.status in (ImportStatus.RUNNING, ImportStatus.DONE)
    return OUTCOME_NAMES if has_run else OUTCOME_PLANS


_RECORDS = {
    "products": "/products",
    "users": "/team",
    "accounts": "/people?tab=accounts",
    "contacts": "/people?tab=contacts",
    "leads": "/people?tab=leads",
    "deals": "/pipeline",
    "activities": "/today",
}


@blueprint.post("/<id:import_id>/step")
@managers
def step(import_id: str) -> Any:
    """Do the next rows: a few hundred for the bar, as many as fit into a tap without it."""
    until = time.monotonic() + SECONDS_A_TAP
    while commands.step(viewer(), import_id, _folder()):
        if is_partial() or time.monotonic() > until:
            break
    if not is_partial():
        return go(f"/imports/{import_id}")
    return _status(queries.get_import(viewer(), import_id))


@blueprint.post("/<id:import_id>/confirmation")
@managers
def confirm(import_id: str) -> Any:
    """Bring in what was checked."""
    commands.confirm_import(viewer(), import_id, _folder())
    return go(f"/imports/{import_id}")


@blueprint.get("/<id:import_id>/rows")
@managers
def rows(import_id: str) -> Any:
    """Every row with its verdict, fifty at a time."""
    job = queries.get_import(viewer(), import_id)
    after = min(max(request.args.get("after", 0, type=int), 0), job.done)
    only = request.args.get("only") == "problems"
    found = JobFiles(_folder(), job.id).verdicts(problems=only)
    page = list(islice(found, after, after + ROWS_A_PAGE + 1))
    more = f"{request.path}?after={after + ROWS_A_PAGE}{'&only=problems' if only else ''}"
    return render(
        "imports/rows.html",
        "imports/_rows.html",
        job=job,
        rows=page[:ROWS_A_PAGE],
        only=only,
        more_url=more if len(page) > ROWS_A_PAGE else None,
        outcomes=_outcomes(job),
    )


@blueprint.get("/<id:import_id>/problems.csv")
@managers
def problems(import_id: str) -> Any:
    """The rows to mend, as a file."""
    job = queries.get_import(viewer(), import_id)
    answer = make_response(problems_csv(job, _folder()))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="problems.csv"'
    return answer


@blueprint.post("/<id:import_id>/removal")
@managers
def remove(import_id: str) -> Any:
    """Forget the file and its list; the records stay."""
    commands.remove_import(viewer(), import_id, _folder())
    return go("/imports", _("The file is removed. What it brought in stays."))
