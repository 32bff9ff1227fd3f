"""What admins do: people, teams, pipelines, the company, handing over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm.backup import Backup, backup_folder
from crm.database import db
from crm.deals.models import Deal
from crm.deals.stages import default_pipeline
from crm.users.models import Team, User
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.factories import a_deal, stage
from tests.people import NORTH, SOUTH, email

NewClient = Callable[..., FlaskClient]


@pytest.fixture
def desk(new_client: NewClient, admin: Viewer) -> FlaskClient:
    return new_client(admin)


def test_an_invitation_with_a_mistake_keeps_what_was_typed(desk: FlaskClient) -> None:
    form = {"name": "Mina", "login": "sara@example.com", "role": "manager", "team_id": SOUTH}
    answer = desk.post("/administration/users", data=form)
    assert answer.status_code == 422
    assert 'value="Mina"' in answer.text
    assert 'id="f-login-error"' in answer.text
    assert f'value="{SOUTH}" selected' in answer.text


def test_a_person_is_changed_stopped_and_let_in_again(
    desk: FlaskClient, new_client: NewClient, nika: Viewer
) -> None:
    phone, at = new_client(nika), f"/administration/users/{nika.id}"
    form = {
        "name": "Nika M.",
        "email": email(nika),
        "phone": "",
        "role": "manager",
        "team_id": NORTH,
    }
    assert phone.get("/team").status_code == 404
    assert desk.post(at, data=form).status_code == 303
    assert phone.get("/team").status_code == 200, "from the next request on"
    assert desk.post(f"{at}/sign-out").status_code == 303
    assert phone.get("/settings").status_code == 303
    assert desk.post(f"{at}/deactivation").status_code == 303
    assert "Deactivated" in desk.get(at).text
    assert desk.post(f"{at}/activation").status_code == 303
    assert db.session.get_one(User, nika.id).is_active


def test_the_last_admin_is_told_why_not(desk: FlaskClient, admin: Viewer) -> None:
    at = f"/administration/users/{admin.id}"
    form = {"name": admin.name, "email": email(admin), "phone": "", "role": "rep", "team_id": ""}
    answer = desk.post(at, data=form)
    assert answer.status_code == 409
    assert "last admin" in answer.text
    assert desk.post(f"{at}/deactivation").status_code == 409


def test_who_has_left_is_given_nothing_new(desk: FlaskClient, sara: Viewer, omid: Viewer) -> None:
    deal = a_deal(sara)
    assert desk.post(f"/administration/users/{omid.id}/deactivation").status_code == 303
    answer = desk.post(f"/deals/{deal.id}", data={"name": deal.name, "owner_id": omid.id})
    assert answer.status_code == 422
    assert db.session.get_one(Deal, deal.id).owner_id == sara.id


def test_work_is_handed_over_on_one_page(desk: FlaskClient, sara: Viewer, omid: Viewer) -> None:
    deal_id = a_deal(sara).id
    at = f"/administration/users/{sara.id}/handover"
    assert "Open deals" in desk.get(at).text
    assert desk.post(at, data={"to_user_id": ""}).status_code == 422
    form = {"to_user_id": omid.id, "deactivate": "on"}
    assert desk.post(at, data=form).status_code == 303
    assert db.session.get_one(Deal, deal_id).owner_id == omid.id
    assert "Records handed over" in desk.get(f"/administration/users/{sara.id}").text


def test_a_team_is_added_changed_archived_and_brought_back(
    desk: FlaskClient, leila: Viewer
) -> None:
    add = {"name": "East", "manager_id": leila.id, "is_shared": "on"}
    assert desk.post("/administration/teams", data=add).status_code == 303
    team = db.session.query(Team).filter_by(name="East").one()
    at = f"/administration/teams/{team.id}"
    assert desk.post(at, data={"name": "Far East", "manager_id": ""}).status_code == 303
    assert "Far East" in desk.get("/administration/teams").text
    assert desk.post(f"{at}/archive").status_code == 303
    assert desk.post(f"{at}/restoration").status_code == 303
    still = desk.post(f"/administration/teams/{NORTH}/archive")
    assert still.status_code == 409
    assert "3 people are still in this team" in still.text


def test_company_settings_are_changed_and_checked(desk: FlaskClient) -> None:
    form = {
        "name": "New",
        "language": "fa",
        "calendar": "jalali",
        "timezone": "Asia/Tehran",
        "currency": "IRR",
        "quiet_days": "14",
    }
    assert desk.post("/administration/company", data=form).status_code == 303
    page = desk.get("/administration/company").text
    assert '<option value="IRR" selected>' in page
    wrong = desk.post("/administration/company", data=form | {"quiet_days": "x"})
    assert wrong.status_code == 422
    assert 'value="x"' in wrong.text


def test_stages_are_added_renamed_ordered_and_removed(desk: FlaskClient, sara: Viewer) -> None:
    pipeline = f"/administration/pipelines/{default_pipeline().id}"
    assert desk.post(f"{pipeline}/stages", data={"name": ""}).status_code == 422
    assert desk.post(f"{pipeline}/stages", data={"name": "Trial"}).status_code == 303
    at = f"/administration/stages/{stage('qualified').id}"
    assert desk.post(at, data={"name": "Fits", "probability": "35"}).status_code == 303
    assert desk.post(at, data={"name": "Fits", "probability": "135"}).status_code == 422
    assert desk.post(f"{at}/position", data={"direction": "up"}).status_code == 303
    page = desk.get(pipeline).text
    assert page.index("Fits") < page.index("Lead") < page.index("Proposal") < page.index("Trial")
    deal_id = a_deal(sara, stage_key="qualified").id
    assert "1 open deal stands here" in desk.get(f"{at}/removal").text
    assert desk.post(f"{at}/removal", data={}).status_code == 422
    target = stage("proposal").id
    assert desk.post(f"{at}/removal", data={"to_stage_id": target}).status_code == 303
    assert db.session.get_one(Deal, deal_id).stage_id == target
    assert desk.get(at).status_code == 404


def test_pipelines_are_added_renamed_and_put_away(desk: FlaskClient) -> None:
    answer = desk.post("/administration/pipelines", data={"name": "Partners"})
    assert answer.status_code == 303
    assert desk.post(answer.location, data={"name": "Resellers"}).status_code == 303
    assert "Resellers" in desk.get("/administration/pipelines").text
    assert desk.post(f"{answer.location}/archive").status_code == 303
    only = desk.post(f"/administration/pipelines/{default_pipeline().id}/archive")
    assert only.status_code == 409


def test_an_admin_sees_how_old_the_last_backup_is(
    desk: FlaskClient,
    app: Flask,
    clock: MovableClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "BACKUP_DIR", str(tmp_path / "backups"))
    assert "There is no verified backup yet." in desk.get("/administration").text
    folder = backup_folder(app.config)
    folder.mkdir()
    made = Backup(folder / "hamrah-1.sqlite3", clock.now(), 1, "0" * 64, "0001")
    made.path.touch()
    made.manifest.write_text(made.to_json())
    assert "Last verified backup: just now" in desk.get("/administration").text
    clock.move(hours=27)
    assert "should look why" in desk.get("/administration").text
