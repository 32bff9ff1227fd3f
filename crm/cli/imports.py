"""`flask import`: bring CSV files in, or only say what would come of it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask

if TYPE_CHECKING:
    from crm.imports.files import Options, Plan
    from crm.users.viewer import Viewer

KINDS = ("products", "users", "accounts", "contacts", "leads", "deals", "activities")
SHOWN = 5


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(import_command)


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--dry-run", is_flag=True, help="Only say what would come of each row.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write counts and the verdict on every row here, as JSON.",
)
@click.option("--kind", type=click.Choice(KINDS), help="What the files hold, instead of guessing.")
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="Where a column goes; nothing after = leaves it out. May be repeated.",
)
@click.option(
    "--stage",
    "stages",
    multiple=True,
    metavar="WORD=STAGE",
    help="Which stage a word of the file means. May be repeated.",
)
@click.option("--currency", help="Of amounts that do not say it (IRT is toman).")
@click.option(
    "--date-format",
    type=click.Choice(["ymd", "dmy", "mdy", "excel"]),
    help="The order of day, month and year, instead of looking at the dates.",
)
@click.option(
    "--owner", type=click.Choice(["me", "nobody"]), help="Whose the rows are that name nobody."
)
@click.option(
    "--no-create", is_flag=True, help="Do not make the accounts and contacts that are only named."
)
@click.option("--as", "login", metavar="EMAIL", help="In whose name; the first admin by default.")
def import_command(
    files: tuple[Path, ...],
    dry_run: bool,
    report: Path | None,
    kind: str | None,
    maps: tuple[str, ...],
    stages: tuple[str, ...],
    currency: str | None,
    date_format: str | None,
    owner: str | None,
    no_create: bool,
    login: str | None,
) -> None:
    """Bring in CSV files: accounts, contacts, leads, deals, activities, products, users.

    Several files are taken in the order in which they need each other. A broken row is reported
    and the rest goes on; a second import of the same file adds nothing.
    """
    from crm.i18n import use_locale
    from crm.imports.files import Options, check_files, in_order, run_files

    actor = _actor(login)
    options = Options(
        kind, _pairs(maps), _pairs(stages), _currency(currency), date_format, owner, not no_create
    )
    with use_locale(actor.locale):
        plans, unread = _read(actor, files, options)
        plans = in_order(plans)
        if dry_run:
            check_files(actor, plans)
        else:
            run_files(actor, plans)
        for plan in plans:
            _say(plan, dry_run)
        if report is not None:
            _write_report(report, plans, unread, dry_run)
    for name, reason in unread.items():
        click.echo(f"{name}: {reason}", err=True)
    if unread or any(plan.counts.get("failed") for plan in plans):
        sys.exit(1)


def _read(
    actor: Viewer, files: tuple[Path, ...], options: Options
) -> tuple[list[Plan], dict[str, str]]:
    from crm import errors
    from crm.imports.files import plan_file

    plans, unread = [], {}
    for path in files:
        try:
            plans.append(plan_file(actor, path.read_bytes(), path.name, options))
        except errors.DomainError as error:
            unread[path.name] = str(error)
    return plans, unread


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        left, equals, right = text.partition("=")
        if not equals or not left:
            raise click.UsageError(f"“{text}” is not of the form a=b")
        pairs[left.strip()] = right.strip()
    return pairs


def _currency(code: str | None) -> str | None:
    from crm.i18n import CURRENCIES

    if code is not None and code.upper() not in CURRENCIES:
        raise click.UsageError(f"unknown currency {code}")
    return code.upper() if code else None


def _actor(login: str | None) -> Viewer:
    from crm.company.queries import find_company
    from crm.imports.queries import find_importer

    if find_company() is None:
        raise click.ClickException("There is no company yet: start Hamrah and set it up first.")
    actor = find_importer(login)
    if actor is None:
        raise click.ClickException(f"No active manager or admin signs in as {login}.")
    return actor


def _say(plan: Plan, dry_run: bool) -> None:
    """Print what came of a file: its reading first, then the counts, then the problems."""
    spec, counts = plan.guess.spec, plan.counts
    click.echo(
        f"{plan.name}: {counts.get('rows', 0)} rows, read as {spec.kind}"
        f" ({plan.table.encoding}, separated by {plan.table.delimiter!r})"
    )
    left = [h for h, target in zip(spec.headers, spec.columns, strict=True) if not target]
    if left:
        click.echo(f"  left out: {', '.join(left)}")
    if plan.guess.is_date_ambiguous:
        click.echo(
            f"  dates could be day first or month first; taken as {spec.date_layout}"
            " (say --date-format)"
        )
    for word, stage in plan.stage_names().items():
        click.echo(f"  stage {word} → {stage or '? (say --stage)'}")
    would = "would be " if dry_run else ""
    click.echo(
        f"  {counts.get('created', 0)} {would}added, {counts.get('updated', 0)} {would}"
        f"changed, {counts.get('skipped', 0)} left as they are,"
        f" {counts.get('failed', 0)} not brought in"
    )
    for name, words in _TALLIES.items():
        if counts.get(name):
            click.echo(f"  {counts[name]} {words}")
    _say_problems(plan)


_TALLIES = {
    "added_account": "accounts along with them",
    "added_contact": "contacts along with them",
    "added_user": "managers along with them",
    "added_team": "teams along with them",
    "without_account": "deals without an account",
}


def _say_problems(plan: Plan) -> None:
    said = Counter(
        f"{message['field']}: {message['text']}" if message["field"] else message["text"]
        for verdict in plan.verdicts
        if verdict.is_problem
        for message in verdict.as_json()["messages"]
    )
    for text, times in said.most_common(SHOWN):
        click.echo(f"  {times} × {text}")
    if len(said) > SHOWN:
        click.echo(f"  … and {len(said) - SHOWN} other remarks (--report lists all)")


def _write_report(path: Path, plans: list[Plan], unread: dict[str, str], dry_run: bool) -> None:
    body = {
        "dry_run": dry_run,
        "files": [plan.as_json() for plan in plans],
        "unread": [{"file": name, "reason": reason} for name, reason in unread.items()],
    }
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
