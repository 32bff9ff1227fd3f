"""The way of a file on the phone, without a script: upload, columns, check, run, problems."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.accounts.models import Account
from crm.database import db
from crm.deals.models import Deal
from crm.imports import commands
from crm.imports.models import ImportJob
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.factories import stage

DEALS = (
    "id,account,deal stage,engage date,value\n"
    "1,Acme,Simmering,1/3/2026,10\n2,Acme,Won,4/5/2026,20\n3,,Won,4/5/2026,lots\n"
)
PARTIAL = {"HX-Request-Type": "partial"}


@pytest.fixture
def phone(new_client: Callable[..., FlaskClient], admin: Viewer) -> FlaskClient:
    return new_client(admin)


def upload(phone: FlaskClient, text: str | bytes, name: str = "deals.csv") -> str:
    """Send a file and return the address of its import."""
    content = text if isinstance(text, bytes) else text.encode()
    answer = phone.post("/imports", data={"file": (io.BytesIO(content), name)})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location).removesuffix("/mapping")


def fields(page: str) -> dict[str, str]:
    """Return what the page's mapping form would send as it stands."""
    form = page.split('/mapping">')[1].split("</form>", maxsplit=1)[0]
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    selects = re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL)
    for name, options in selects:
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    if 'name="creates"' in form:
        sent["creates"] = "1"
    return sent


def text_of(phone: FlaskClient, address: str) -> str:
    answer = phone.get(address)
    assert answer.status_code == 200, answer.status_code
    return str(answer.get_data(as_text=True))


def work(phone: FlaskClient, address: str) -> str:
    """Tap "Continue" until nothing moves any more, and return the page."""
    for _tap in range(20):
        page = text_of(phone, address)
        if f'action="{address}/step"' not in page:
            return page
        assert phone.post(f"{address}/step").status_code == 303
    raise AssertionError("it never ends")


@pytest.mark.mission(51)
def test_a_file_goes_all_the_way_without_a_script(app: Flask, phone: FlaskClient) -> None:
    address = upload(phone, DEALS)
    page = text_of(phone, f"{address}/mapping")
    assert "These dates can be read both ways" in page
    sent = fields(page)
    assert (sent["c1"], sent["c2"], sent["date_layout"]) == ("account", "stage", "dmy")
    assert sent["word1"] == "Simmering"
    assert sent["stage1"] == ""
    sent |= {"stage1": stage("proposal").id, "date_layout": "mdy"}
    assert phone.post(f"{address}/mapping", data=sent).location == address
    page = work(phone, address)
    assert "Nothing is changed yet" in page
    assert "Acme" not in str(db.session.scalars(select(Account.name)).all())
    assert phone.post(f"{address}/confirmation").status_code == 303
    page = work(phone, address)
    assert "This is what came of it" in page
    deals = db.session.scalars(select(Deal).order_by(Deal.opened_on)).all()
    assert [d.opened_on.isoformat() for d in deals] == ["2026-01-03", "2026-04-05"]
    assert deals[0].stage_id == stage("proposal").id
    assert "lots" in page


def test_the_rows_that_failed_come_back_as_a_file_to_mend(app: Flask, phone: FlaskClient) -> None:
    address = upload(phone, 'account,city,mobile\n,=cmd|x,1\n"Acme",Tehran,+989123456789\n')
    phone.post(f"{address}/mapping", data=fields(text_of(phone, f"{address}/mapping")))
    work(phone, address)
    answer = phone.get(f"{address}/problems.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert lines[0] == '"account","city","mobile","What is wrong"'
    assert lines[1].startswith('"","\'=cmd|x","1",')
    assert len(lines) == 2


def test_with_a_script_each_step_answers_the_bar_alone(
    app: Flask, phone: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "ROWS_A_STEP", 200)
    address = upload(phone, "account,sector\n" + "".join(f"Firm {n},x\n" for n in range(450)))
    phone.post(f"{address}/mapping", data=fields(text_of(phone, f"{address}/mapping")))
    seen = []
    for _turn in range(3):
        answer = phone.post(f"{address}/step", headers=PARTIAL)
        body = answer.get_data(as_text=True)
        assert "<html" not in body
        seen.append(re.findall(r'<progress value="(\d+)"', body))
    assert seen == [["200"], ["400"], []]
    phone.post(f"{address}/confirmation")
    phone.post(f"{address}/step", headers=PARTIAL)
    assert db.session.scalar(select(func.count()).select_from(Account)) == 200
    work(phone, address)
    assert db.session.scalar(select(func.count()).select_from(Account)) == 450


def test_a_step_too_many_changes_nothing(app: Flask, phone: FlaskClient) -> None:
    address = upload(phone, "account,sector\nAcme,x\n")
    phone.post(f"{address}/mapping", data=fields(text_of(phone, f"{address}/mapping")))
    work(phone, address)
    phone.post(f"{address}/confirmation")
    work(phone, address)
    assert phone.post(f"{address}/step").status_code == 303
    assert phone.post(f"{address}/confirmation").status_code == 409
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_a_file_half_brought_in_goes_on_where_it_stopped(
    app: Flask, phone: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash: the verdicts of a transaction that never ended are cut away."""
    monkeypatch.setattr(commands, "ROWS_A_STEP", 100)
    address = upload(phone, "account,sector\n" + "".join(f"Firm {n},x\n" for n in range(250)))
    phone.post(f"{address}/mapping", data=fields(text_of(phone, f"{address}/mapping")))
    work(phone, address)
    phone.post(f"{address}/confirmation")
    phone.post(f"{address}/step", headers=PARTIAL)
    verdicts = Path(app.config["DATA_DIR"]) / "imports" / f"{address.split('/')[-1]}.verdicts"
    with verdicts.open("a") as file:
        file.write('{"half": "a li')
    work(phone, address)
    assert len(verdicts.read_text().splitlines()) == 250
    assert db.session.scalar(select(func.count()).select_from(Account)) == 250


def test_every_row_can_be_looked_at_page_by_page(app: Flask, phone: FlaskClient) -> None:
    address = upload(phone, "account,sector\n" + "".join(f"Firm {n},x\n" for n in range(60)))
    phone.post(f"{address}/mapping", data=fields(text_of(phone, f"{address}/mapping")))
    work(phone, address)
    first = text_of(phone, f"{address}/rows")
    assert first.count("Firm ") == 50
    assert f"{address}/rows?after=50" in first
    assert text_of(phone, f"{address}/rows?after=50").count("Firm ") == 10
    assert "Every row was understood" in text_of(phone, f"{address}/rows?only=problems")
    assert phone.get(f"{address}/rows?after=99999999999999999999").status_code == 200


def test_another_kind_guesses_the_columns_anew(app: Flask, phone: FlaskClient) -> None:
    address = upload(phone, "name,email\nSara,s@x.example\n", "list.csv")
    assert phone.post(f"{address}/kind", data={"kind": "leads"}).status_code == 303
    assert fields(text_of(phone, f"{address}/mapping"))["c1"] == "email"
    assert phone.post(f"{address}/kind", data={"kind": "ships"}).status_code == 422
    job = db.session.scalars(select(ImportJob)).one()
    assert job.spec["kind"] == "leads"


@pytest.mark.parametrize(
    "change",
    [
        {"c0": "password_hash"},
        {"c0": "", "c1": ""},
        {"owner": "01930000-0000-7000-8000-00000000dead"},
        {"currency": "XYZ"},
        {"date_layout": "backwards"},
        {"word1": "x", "stage1": "01930000-0000-7000-8000-00000000dead"},
    ],
)
def test_a_mapping_that_was_not_offered_is_refused(
    app: Flask, phone: FlaskClient, change: dict[str, str]
) -> None:
    address = upload(phone, "account,sector\nAcme,x\n")
    sent = fields(text_of(phone, f"{address}/mapping")) | change
    assert phone.post(f"{address}/mapping", data=sent).status_code == 422


NASTY = {
    "empty": b"",
    "header only": b"account,city\n",
    "one column of anything": b"zzz\n1\n2\n",
    "one long line": b"x" * 400_000,
    "binary": bytes(range(256)) * 100,
    "open quote": b'account,city\n"Acme,Tehran\nBeta,x\n',
    "ten thousand columns": ",".join(f"c{n}" for n in range(10_000)).encode() + b"\n1\n",
    "workbook": b"PK\x03\x04 and so on",
}


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_file_is_refused_with_a_sentence(app: Flask, phone: FlaskClient, name: str) -> None:
    answer = phone.post("/imports", data={"file": (io.BytesIO(NASTY[name]), "x.csv")})
    assert answer.status_code == 422
    assert 'class="error"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "content",
    [
        b"account,account,account\nAcme,Beta,Gamma\n",
        b'account,city\n"=1+1",@SUM(A1)\n',
        "account,city\n\u202eacme\U0001f600,' OR 1=1 --\n".encode(),
        b"account,city\n<img src=x onerror=alert(1)>,x\n",
    ],
)
def test_odd_cells_are_text_to_the_end(app: Flask, phone: FlaskClient, content: bytes) -> None:
    address = upload(phone, content, "accounts.csv")
    page = text_of(phone, f"{address}/mapping")
    assert "<img" not in page
    phone.post(f"{address}/mapping", data=fields(page))
    assert "<img" not in work(phone, address)
    phone.post(f"{address}/confirmation")
    work(phone, address)
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_no_file_at_all_is_said(app: Flask, phone: FlaskClient) -> None:
    assert phone.post("/imports", data={}).status_code == 422


def test_a_rep_has_no_import_and_a_manager_only_his_own(
    app: Flask, new_client: Callable[..., FlaskClient], leila: Viewer, reza: Viewer, sara: Viewer,
    admin: Viewer,
) -> None:  # fmt: skip
    address = upload(new_client(leila), "account,city\nAcme,x\n")
    assert new_client(leila).get(f"{address}/mapping").status_code == 200
    assert new_client(admin).get(f"{address}/mapping").status_code == 200
    assert new_client(reza).get(f"{address}/mapping").status_code == 404
    assert new_client(sara).get(f"{address}/mapping").status_code == 404
    assert new_client(sara).get("/imports").status_code == 404


def test_a_manager_may_not_bring_in_users(
    app: Flask, new_client: Callable[..., FlaskClient], leila: Viewer
) -> None:
    phone = new_client(leila)
    address = upload(phone, "sales agent,manager\nAnna,Dustin\n")
    assert phone.post(f"{address}/kind", data={"kind": "users"}).status_code == 422
    assert db.session.scalars(select(ImportJob)).one().spec["kind"] == "contacts"


def test_the_file_lies_under_the_imports_own_id_and_goes_with_it(
    app: Flask, phone: FlaskClient
) -> None:
    address = upload(phone, "account,city\nAcme,x\n", "../../etc/passwd.csv")
    folder = Path(app.config["DATA_DIR"]) / "imports"
    kept = [path.name for path in folder.iterdir() if address.split("/")[-1] in path.name]
    assert kept == [f"{address.split('/')[-1]}.table"]
    assert db.session.scalars(select(ImportJob)).one().file_name == "passwd.csv"
    assert phone.post(f"{address}/removal").status_code == 303
    assert not [path for path in folder.iterdir() if address.split("/")[-1] in path.name]
    assert phone.get(f"{address}/mapping").status_code == 404


def test_the_files_of_old_imports_are_swept_and_their_pages_say_so(
    app: Flask, phone: FlaskClient, clock: MovableClock
) -> None:
    address = upload(phone, "account,city\nAcme,x\n")
    phone.post(f"{address}/mapping", data=fields(text_of(phone, f"{address}/mapping")))
    folder = Path(app.config["DATA_DIR"]) / "imports"
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    upload(phone, "account,city\nBeta,x\n")
    assert not [path for path in folder.iterdir() if address.split("/")[-1] in path.name]
    assert phone.post(f"{address}/step").status_code == 404
    assert phone.get(address).status_code == 200
