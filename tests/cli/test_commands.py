"""The commands of whoever runs the server: demo, backup, restore, migrate, doctor."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import column, create_engine, select, table, text
from sqlalchemy.pool import NullPool

from crm import create_app
from crm.backup.kept import list_backups
from crm.cli import drill
from crm.cli.doctor import address, backups, folder
from crm.cli.doctor_database import PERSIAN_TRIGRAMS
from crm.cli.migration import migrate
from crm.company.models import Company
from crm.database import db, new_id
from crm.users.models import User
from crm.users.passwords import is_password
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.databases import settings
from tests.factories import a_contact


def new_app(place: Path, clock: MovableClock) -> Flask:
    return create_app(settings(place, clock))


@pytest.mark.parametrize("language", ["en", "fa"])
def test_demo_makes_a_company_and_prints_who_signs_in(
    tmp_path: Path, clock: MovableClock, language: str
) -> None:
    app = new_app(tmp_path, clock)
    said = app.test_cli_runner().invoke(args=["demo", "--language", language])
    assert said.exit_code == 0, said.output
    password = re.search(r"the password (\S+) as", said.output)
    assert password
    assert len(re.findall(r"^  (?:admin|manager|rep) +\S+@\S+\.example", said.output, re.M)) == 9
    with app.app_context():
        company = db.session.scalars(select(Company)).one()
        assert (company.language, company.has_sample) == (language, True)
        kept = set(db.session.scalars(select(User.password_hash)))
        assert all(is_password(password[1], one) for one in kept)
        db.session.remove()


def test_demo_leaves_a_company_alone(app: Flask) -> None:
    said = app.test_cli_runner().invoke(args=["demo"])
    assert said.exit_code == 0
    assert "left as it is" in said.output
    assert not db.session.scalars(select(Company)).one().has_sample


def test_a_backup_comes_back_and_the_app_starts_on_it(tmp_path: Path, clock: MovableClock) -> None:
    app = new_app(tmp_path / "live", clock)
    run = app.test_cli_runner()
    assert run.invoke(args=["demo"]).exit_code == 0
    made = run.invoke(args=["backup", str(tmp_path / "kept")])
    assert made.exit_code == 0, made.output
    file = made.output.splitlines()[0]
    checked = run.invoke(args=["restore", file])
    assert "is whole" in checked.output
    back = run.invoke(args=["restore", "--verify", file, str(tmp_path / "new")])
    assert back.exit_code == 0, back.output
    assert "300 contact records" in back.output
    again = run.invoke(args=["restore", file, str(tmp_path / "new")])
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_the_drill_notices_that_search_finds_nobody(app: Flask, sara: Viewer) -> None:
    a_contact(sara)
    assert "1 contact records" in drill.ask(app)
    db.session.execute(text("DELETE FROM search_entry"))
    db.session.commit()
    with pytest.raises(LookupError):
        drill.ask(app)


def test_postgresql_is_dumped_and_the_dump_is_read_again(
    app: Flask, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if request.node.get_closest_marker("sqlite"):
        return
    said = app.test_cli_runner().invoke(args=["backup", str(tmp_path)])
    if said.exit_code and "is not here" in said.output:
        assert "apt install postgresql-client" in said.output
        return
    assert said.exit_code == 0, said.output
    (made,) = list_backups(tmp_path)
    assert made.schema
    made.path.write_bytes(made.path.read_bytes()[:-1] + b"x")
    assert app.test_cli_runner().invoke(args=["restore", str(made.path)]).exit_code == 1


def test_before_a_migration_of_data_there_is_a_backup(tmp_path: Path, clock: MovableClock) -> None:
    app = new_app(tmp_path, clock)
    with app.app_context():
        from alembic import command

        config = app.extensions["migrate"].migrate.get_config()
        command.upgrade(config, "0001")
        # By its columns of then: the model knows later ones.
        names = ("id", "name", "language", "calendar", "timezone", "currency", "money_unit")
        names += ("region", "quiet_days", "epoch", "has_sample", "created_at")
        then = table("company", *map(column, names))
        words = (new_id(), "Old", "en", "gregorian", "UTC", "EUR", "toman", "IR", 10, "1", False)
        values = dict(zip(names, (*words, clock.now().isoformat()), strict=True))
        db.session.execute(then.insert().values(values))
        db.session.commit()
        newest = migrate()
        (made,) = list_backups(tmp_path / "backups")
        assert (made.schema, made.reason) == ("0001", f"before-{newest}")
        migrate()
        assert len(list_backups(tmp_path / "backups")) == 1
        db.session.remove()


def test_migrating_twice_changes_nothing(app: Flask) -> None:
    assert migrate() == migrate()


def test_the_doctor_finds_a_young_installation_without_backup(
    app: Flask, clock: MovableClock
) -> None:
    place = Path(app.config["DATA_DIR"])
    place.chmod(0o700)
    sick = app.test_cli_runner().invoke(args=["doctor"])
    assert sick.exit_code == 1
    assert "FIX  There is no verified backup yet" in sick.output
    assert sick.output.count("FIX") == 1 + sick.output.count("FIX  fsync") + sick.output.count(
        "FIX  full_page_writes"
    ) + sick.output.count("FIX  synchronous_commit")


def test_the_doctor_counts_the_hours_since_the_last_backup(
    tmp_path: Path, clock: MovableClock
) -> None:
    app = new_app(tmp_path, clock)
    run = app.test_cli_runner()
    assert run.invoke(args=["demo"]).exit_code == 0
    assert run.invoke(args=["backup"]).exit_code == 0
    tmp_path.chmod(0o700)
    assert run.invoke(args=["doctor"]).exit_code == 0
    clock.move(hours=27)
    assert [finding.is_well for finding in backups(app.config)] == [False]
    shutil.rmtree(tmp_path / "backups")


def test_the_doctor_sees_a_database_whose_locale_knows_no_persian_letters(app: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        assert "Persian words" not in app.test_cli_runner().invoke(args=["doctor"]).output
        return
    assert "ok  Persian words are in" in app.test_cli_runner().invoke(args=["doctor"]).output
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS plain_c"))
        connection.execute(text("CREATE DATABASE plain_c TEMPLATE template0 LC_CTYPE 'C'"))
    plain = create_engine(db.engine.url.set(database="plain_c"), poolclass=NullPool)
    with plain.connect() as connection:
        connection.execute(text("CREATE EXTENSION pg_trgm"))
        assert not connection.scalar(text(PERSIAN_TRIGRAMS))


def test_the_doctor_sees_an_open_folder_and_a_plain_address(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    config = {
        "DATA_DIR": str(tmp_path),
        "BASE_URL": "http://crm.example.com",
        "TRUSTED_HOSTS": None,
    }
    assert [finding.is_well for finding in folder(config)][1] is False
    assert [finding.is_well for finding in address(config)] == [False, False]
    safe = config | {"BASE_URL": "https://crm.example.com", "TRUSTED_HOSTS": ["crm.example.com"]}
    assert all(finding.is_well for finding in address(safe))
