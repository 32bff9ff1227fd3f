"""An admin builds a form on the phone and gives it out; a manager looks at what is odd."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.database import db
from crm.forms.models import Form
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from crm.web import qr
from tests.factories import a_form, a_submission

NewClient = Callable[..., FlaskClient]
BUILT = {
    "title": "Contact us",
    "language": "en",
    "order": "phone,name,needs",
    "ask_phone": "needed",
    "ask_needs": "asked",
    "colour": "teal",
    "consent": "You may call me.",
    "asks_quote": "on",
}


@pytest.fixture
def desk(new_client: NewClient, admin: Viewer) -> FlaskClient:
    return new_client(admin)


@pytest.mark.mission(3)
def test_a_form_is_built_changed_switched_off_and_on(
    desk: FlaskClient, client: FlaskClient
) -> None:
    assert "No form yet" in desk.get("/administration/forms").text
    assert desk.get("/administration/forms/new").status_code == 200
    answer = desk.post("/administration/forms", data=BUILT)
    assert answer.status_code == 303
    form = db.session.scalars(select(Form)).one()
    slug = form.slug
    assert [(one["name"], one["is_required"]) for one in form.fields] == [
        ("phone", True),
        ("name", True),
        ("needs", False),
    ]
    assert (form.colour, form.asks_quote, form.consent_version) == ("teal", True, 1)
    assert 'class="teal"' in client.get(f"/f/{slug}").text
    assert desk.get(f"{answer.location}/edit").status_code == 200
    changed = {k: v for k, v in BUILT.items() if k != "asks_quote"}
    changed |= {"title": "Quote", "consent": ""}
    assert desk.post(answer.location, data=changed).status_code == 303
    db.session.expire_all()
    assert (form.title, form.slug, form.consent, form.asks_quote) == ("Quote", slug, None, False)
    assert desk.post(f"{answer.location}/switch", data={"is_active": ""}).status_code == 303
    assert client.get(f"/f/{slug}").status_code == 410
    assert desk.post(f"{answer.location}/switch", data={"is_active": "1"}).status_code == 303
    assert client.get(f"/f/{slug}").status_code == 200


def test_a_field_moves_up_and_nothing_is_saved_yet(desk: FlaskClient) -> None:
    page = desk.post("/administration/forms", data=BUILT | {"up": "needs"})
    assert page.status_code == 200
    assert re.search(r'name="order" value="phone,needs,name,', page.text)
    assert 'value="Contact us"' in page.text
    assert db.session.scalars(select(Form)).all() == []


def test_a_form_with_a_mistake_keeps_what_was_typed(desk: FlaskClient, admin: Viewer) -> None:
    nobody_answers = BUILT | {"ask_phone": "", "thanks": "Many thanks"}
    for path in ("/administration/forms", f"/administration/forms/{a_form(admin).id}"):
        answer = desk.post(path, data=nobody_answers)
        assert answer.status_code == 422
        assert "Ask for a phone or an e-mail" in answer.text
        assert "Many thanks" in answer.text
        assert desk.post(path, data=BUILT | {"title": ""}).status_code == 422


def test_it_is_given_out_as_link_frame_html_and_code(
    desk: FlaskClient, client: FlaskClient, admin: Viewer
) -> None:
    form = a_form(admin, language="fa", consent="You may call me.")
    page = desk.get(f"/administration/forms/{form.id}").text
    url = f"http://localhost/f/{form.slug}"
    assert f'value="{url}"' in page
    assert f"&lt;iframe src=&#34;{url}&#34;" in page
    pasted = page[page.index("&lt;form") :]
    assert f"action=&#34;{url}&#34; lang=&#34;fa&#34; dir=&#34;rtl&#34;" in pasted
    assert "name=&#34;consent&#34; value=&#34;1&#34; required" in pasted
    assert qr.draw(url).path in page
    file = desk.get(f"/administration/forms/{form.id}/code.svg")
    assert (file.mimetype, b"<svg" in file.data) == ("image/svg+xml", True)
    preview = desk.get(f"/administration/forms/{form.id}/preview")
    assert 'lang="fa"' in preview.text
    assert "disabled" in preview.text


@pytest.mark.mission(32)
def test_a_reps_own_code_leads_to_the_form_and_says_whose_it_is(
    new_client: NewClient, sara: Viewer, admin: Viewer
) -> None:
    form, off = a_form(admin), a_form(admin, "Old")
    new_client(admin).post(f"/administration/forms/{off.id}/switch", data={"is_active": ""})
    rep = new_client(sara)
    assert '"/qr"' in rep.get("/more").text
    page = rep.get("/qr").text
    assert f'"/qr/{form.id}"' in page
    assert off.id not in page
    assert rep.get(f"/qr/{off.id}").status_code == 404
    own = qr.draw(f"http://localhost/f/{form.slug}?by={sara.id}").path
    assert own in rep.get(f"/qr/{form.id}").text
    assert own not in rep.get(f"/qr/{form.id}?all=1").text


def test_a_code_is_drawn_as_its_library_draws_it() -> None:
    import segno

    code = segno.make_qr("https://crm.example/f/abc", error="m")
    drawn = set()
    for x, y, width in re.findall(
        r"M(\d+) (\d+)h(\d+)v1h-\d+z", qr.draw("https://crm.example/f/abc").path
    ):
        drawn |= {(int(x) + n, int(y)) for n in range(int(width))}
    dark = {
        (x + qr.BORDER, y + qr.BORDER)
        for y, row in enumerate(code.matrix)
        for x, is_dark in enumerate(row)
        if is_dark
    }
    assert drawn == dark


def test_a_manager_lets_in_what_is_a_lead_and_drops_what_is_none(
    new_client: NewClient, leila: Viewer, admin: Viewer
) -> None:
    form, desk = a_form(admin), new_client(leila)
    good, bad = (a_submission(form, name, reasons=("trap",)) for name in ("Neda", "Robot"))
    inbox = "/administration/forms/inbox"
    assert f'"{inbox}"' in desk.get("/more").text
    page = desk.get(inbox).text
    assert "Neda" in page
    assert "Robot" in page
    assert "Filled in a field that people do not see" in page
    assert desk.post(f"{inbox}/{good}/acceptance").status_code == 303
    assert desk.post(f"{inbox}/{bad}/drop").status_code == 303
    late = desk.post(f"{inbox}/{good}/drop")
    assert "Somebody has looked" in desk.get(late.location).text
    assert "Nothing to look at" in desk.get(inbox).text
    lead = db.session.scalars(select(Lead)).one()
    assert "Let in from what looked odd" in desk.get(f"/leads/{lead.id}").text
    assert desk.post(f"{inbox}/{bad}/return").status_code == 303
    assert "Robot" in desk.get(inbox).text
