"""`flask import`: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from crm.accounts.models import Account
from crm.database import db
from crm.deals.models import Deal
from tests import people
from tests.factories import stage

ACCOUNTS = "account,sector\nAcme,Steel\nBeta,Wood\n"
DEALS = "id,account,stage,value\n1,Acme,Won,10\n2,Gamma,Simmering,20\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "deals.csv").write_text(DEALS)
    (tmp_path / "accounts.csv").write_text(ACCOUNTS)
    (tmp_path / "broken.csv").write_bytes(b"PK\x03\x04")
    return {path.stem: str(path) for path in tmp_path.iterdir()}


def run(app: Flask, *args: str) -> Result:
    result = app.test_cli_runner().invoke(args=["import", *args])
    db.session.rollback()
    return result


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_files_are_taken_in_the_order_they_need_each_other(
    sqlite_app: Flask, files: dict[str, str], tmp_path: Path
) -> None:
    report = tmp_path / "out.json"
    result = run(sqlite_app, files["deals"], files["accounts"], "--report", str(report))
    assert result.exit_code == 1, "one row failed"
    assert result.output.index("accounts.csv") < result.output.index("deals.csv")
    assert "2 added" in result.output
    assert "stage Simmering → ? (say --stage)" in result.output
    assert (count(Account), count(Deal)) == (2, 1)
    told = json.loads(report.read_text())
    assert told["files"][1]["counts"] == {"rows": 2, "created": 1, "failed": 1}
    assert [row["verdict"] for row in told["files"][1]["rows"]] == ["created", "failed"]
    assert told["files"][1]["columns"]["value"] == "amount"


def test_a_dry_run_writes_nothing_and_ends_well(sqlite_app: Flask, files: dict[str, str]) -> None:
    result = run(sqlite_app, files["accounts"], "--dry-run")
    assert result.exit_code == 0
    assert "2 would be added" in result.output
    assert count(Account) == 0


def test_what_was_guessed_can_be_said(sqlite_app: Flask, files: dict[str, str]) -> None:
    said = ("--stage", "Simmering=Proposal", "--map", "value=", "--no-create")
    result = run(sqlite_app, files["deals"], *said, "--as", people.email(people.PEOPLE["leila"]))
    assert result.exit_code == 0, result.output
    deals = db.session.scalars(select(Deal).order_by(Deal.import_key)).all()
    assert [deal.amount for deal in deals] == [None, None]
    assert deals[1].stage_id == stage("proposal").id
    assert {deal.owner_id for deal in deals} == {people.PEOPLE["leila"].id}
    assert count(Account) == 0


def test_one_file_that_cannot_be_read_does_not_stop_the_others(
    sqlite_app: Flask, files: dict[str, str]
) -> None:
    result = run(sqlite_app, files["broken"], files["accounts"])
    assert result.exit_code == 1
    assert "broken.csv: This is an Excel workbook" in result.output
    assert count(Account) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        ("--stage", "Won=Nowhere"),
        ("--map", "account=shoe size"),
        ("--map", "account"),
        ("--currency", "XYZ"),
        ("--as", "nobody@example.com"),
        ("--as", "sara@example.com"),
        ("--kind", "ships"),
    ],
)
def test_what_makes_no_sense_is_refused(
    sqlite_app: Flask, files: dict[str, str], wrong: tuple[str, ...]
) -> None:
    result = run(sqlite_app, files["deals"], *wrong)
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert count(Deal) == 0


def test_before_set_up_it_says_what_to_do_first(empty_app: Flask, files: dict[str, str]) -> None:
    result = run(empty_app, files["accounts"])
    assert result.exit_code == 1
    assert "set it up first" in result.output
