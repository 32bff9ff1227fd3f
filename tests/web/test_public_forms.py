"""The pages that visitors see: taken from anywhere, framed anywhere, and nothing typed runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from crm.database import db
from crm.forms.commands import switch_form
from crm.forms.models import Form, FormSubmission
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.factories import a_form

NewClient = Callable[..., FlaskClient]
NEDA = {"name": "Neda Amiri", "phone": "09121234567"}
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example"}


@pytest.fixture
def form(app: Flask, admin: Viewer) -> Form:
    return a_form(admin)


@pytest.fixture
def at(form: Form) -> str:
    return f"/f/{form.slug}"


def hidden(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in HIDDEN.findall(page)}


def filled(client: FlaskClient, clock: MovableClock, at: str, **more: str) -> dict[str, str]:
    """What a browser sends that opened the page and took five seconds for it."""
    given = hidden(client.get(at).text) | NEDA | more
    clock.move(seconds=5)
    return given


def leads() -> list[Lead]:
    db.session.rollback()
    return list(db.session.scalars(select(Lead)))


def waiting() -> list[str]:
    """Why what waits does so."""
    db.session.rollback()
    rows = db.session.scalars(select(FormSubmission).where(FormSubmission.state == "waiting"))
    return [reason for row in rows for reason in row.reasons]


@pytest.mark.mission(27, 28)
def test_a_visitor_comes_by_a_campaign_and_is_thanked(
    client: FlaskClient, clock: MovableClock, at: str
) -> None:
    shop = {"Referer": "https://shop.example/pricing"}
    page = client.get(f"{at}?utm_source=mail&utm_campaign=spring", headers=shop).text
    clock.move(seconds=5)
    answer = client.post(at, data=hidden(page) | NEDA)
    assert (answer.status_code, answer.location) == (303, f"{at}/thanks")
    assert "Thank you" in client.get(answer.location).text
    (lead,) = leads()
    assert lead.score == 36
    assert lead.first_touch == {
        "utm_source": "mail",
        "utm_campaign": "spring",
        "referrer": "https://shop.example/pricing",
        "landing": f"{at}?utm_source=mail&utm_campaign=spring",
    }


def test_a_double_tap_is_one_lead(client: FlaskClient, clock: MovableClock, at: str) -> None:
    given = filled(client, clock, at)
    assert [client.post(at, data=given).status_code for _ in range(3)] == [303] * 3
    assert len(leads()) == 1


def test_what_is_wrong_is_said_and_what_was_typed_kept(
    client: FlaskClient, clock: MovableClock, at: str
) -> None:
    given = filled(client, clock, at, phone="12", needs="\nForty seats", utm_source="mail")
    answer = client.post(at, data=given)
    assert answer.status_code == 422
    assert 'id="phone-error"' in answer.text
    assert 'value="Neda Amiri"' in answer.text
    assert "\n\nForty seats</textarea>" in answer.text
    assert hidden(answer.text)["utm_source"] == "mail"
    clock.move(seconds=5)
    client.post(at, data=hidden(answer.text) | NEDA)
    assert leads()[0].first_touch is not None
    assert leads()[0].first_touch["utm_source"] == "mail"


@pytest.mark.parametrize("origin", ["https://shop.example", "null"])
def test_a_form_pasted_into_another_site_is_taken(
    client: FlaskClient, at: str, origin: str
) -> None:
    headers = {
        "Sec-Fetch-Site": "cross-site",
        "Origin": origin,
        "Referer": "https://shop.example/x",
    }
    assert client.post(at, data=NEDA, headers=headers).status_code == 303
    assert client.post(at, data=NEDA, headers=headers).status_code == 303
    (lead,) = leads()
    assert lead.first_touch == {"referrer": "https://shop.example/x"}
    assert waiting() == []


@pytest.mark.parametrize(
    ("seconds", "change", "why"),
    [
        (1, {}, "too_quick"),
        (86_500, {}, "stale"),
        (5, {"seal": "WyJ4Il0.forged"}, "forged"),
        (5, {"seal": ""}, "no_page"),
        (5, {"homepage": "https://casino.example"}, "trap"),
        (5, {"name": "See http://casino.example"}, "link_in_name"),
        (5, {"needs": "CHEAP CHEAP CHEAP CHEAP CHEAP"}, "shouting"),
    ],
)
def test_what_is_odd_is_thanked_and_waits(
    client: FlaskClient,
    clock: MovableClock,
    at: str,
    seconds: int,
    change: dict[str, str],
    why: str,
) -> None:
    given = hidden(client.get(at).text) | NEDA | change
    clock.move(seconds=seconds)
    answer = client.post(at, data=given)
    assert (answer.status_code, answer.location) == (303, f"{at}/thanks")
    assert (leads(), waiting()) == ([], [why])


def test_a_trap_works_in_a_pasted_form_too(client: FlaskClient, at: str) -> None:
    client.post(at, data=NEDA | {"homepage": "x"}, headers=ELSEWHERE)
    assert (leads(), waiting()) == ([], ["trap"])


def test_a_flood_is_told_to_wait_and_writes_nothing_more(
    app: Flask, client: FlaskClient, clock: MovableClock, at: str
) -> None:
    given = filled(client, clock, at)
    here = {"REMOTE_ADDR": "203.0.113.9"}
    for _ in range(30):
        assert client.post(at, data=given, environ_base=here).status_code == 303
    with _writes() as writes:
        answer = client.post(at, data=given, environ_base={"REMOTE_ADDR": "203.0.113.200"})
        assert not writes
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "Wait a minute" in answer.text
    assert 'value="Neda Amiri"' in answer.text
    there = {"REMOTE_ADDR": "198.51.100.1"}
    assert client.post(at, data=given, environ_base=there).status_code == 303
    clock.move(seconds=60)
    assert client.post(at, data=given, environ_base=here).status_code == 303


class _writes:
    """The statements that changed a row inside the block."""

    def __enter__(self) -> list[str]:
        self.seen: list[str] = []
        event.listen(db.engine, "before_cursor_execute", self._note)
        return self.seen

    def _note(self, _c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            self.seen.append(statement)

    def __exit__(self, *_error: object) -> None:
        event.remove(db.engine, "before_cursor_execute", self._note)


def test_a_form_as_long_as_a_book_is_refused(client: FlaskClient, at: str) -> None:
    book = NEDA | {"needs": "x" * 66_000}
    assert client.post(at, data=book).status_code == 413
    whole = client.post(at, data=book, content_type="multipart/form-data")
    assert whole.status_code == 413


def test_only_these_pages_may_be_framed(
    client: FlaskClient, new_client: NewClient, admin: Viewer, form: Form, at: str
) -> None:
    framed = [client.get(at), client.get(f"{at}/thanks"), client.post(at, data={})]
    for answer in framed:
        assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
        assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer.headers
    desk = new_client(admin)
    others = ("/sign-in", "/f/nothinghere", "/today", "/qr", f"/administration/forms/{form.id}")
    for path in others:
        policy = desk.get(path).headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, path


def test_a_form_that_is_off_says_so_and_takes_nothing(
    client: FlaskClient, clock: MovableClock, admin: Viewer, form: Form, at: str
) -> None:
    given = filled(client, clock, at)
    switch_form(admin, form.id, False)
    for answer in (client.get(at), client.post(at, data=given)):
        assert answer.status_code == 410
        assert "This form is closed" in answer.text
    assert leads() == []


def test_it_speaks_the_forms_own_language_and_is_small(
    client: FlaskClient, new_client: NewClient, sara: Viewer, admin: Viewer
) -> None:
    asked = [{"name": name} for name in ("phone", "name", "email", "company", "job_title", "city")]
    asked += [{"name": "needs", "is_required": True}, {"name": "interests"}]
    form = a_form(admin, "تماس با ما", language="fa", fields=asked, consent="با تماس موافقم.")
    for reader in (client, new_client(sara)):
        page = reader.get(f"/f/{form.slug}", headers={"Accept-Language": "en"}).text
        assert '<html lang="fa" dir="rtl" class="plum">' in page
        assert page.index('name="phone"') < page.index('name="name"')
        assert "<script" not in page
        assert len(page.encode()) <= 10_000
        assert 'value="1" required' in page
    (sheet,) = re.findall(r'href="(/static/[^"]+\.css)"', page)
    with client.get(sheet) as answer:
        assert len(answer.data) <= 10_000


PAYLOADS = ("<script>window.__x=1</script>", '"><img src=x onerror=window.__x=1>', "{{7*7}}")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_a_visitor_types_runs_anywhere(
    client: FlaskClient, new_client: NewClient, admin: Viewer, clock: MovableClock, payload: str
) -> None:
    names = ("name", "company", "job_title", "city", "needs", "interests", "phone")
    form = a_form(admin, f"Form {payload}", fields=[{"name": name} for name in names])
    at, desk = f"/f/{form.slug}", new_client(admin)
    typed = dict.fromkeys(names, payload) | {"phone": "09121234567"}
    carried = dict.fromkeys(("utm_source", "utm_campaign", "referrer", "landing", "by"), payload)
    given = filled(client, clock, at, **typed, **carried)
    odd = client.post(at, data=given | {"homepage": payload, "phone": payload})
    pages = [odd.text, client.get(at, query_string=carried).text]
    assert client.post(at, data=given | {"homepage": "x"}).status_code == 303
    pages.append(desk.get("/administration/forms/inbox").text)
    given = filled(client, clock, at, **typed, **carried)
    assert client.post(at, data=given).status_code == 303
    (lead,) = leads()
    pages.append(desk.get(f"/leads/{lead.id}").text)
    pages += [desk.get(f"/administration/forms/{form.id}{end}").text for end in ("", "/preview")]
    pages += [desk.get(path).text for path in ("/administration/forms", "/qr", f"/qr/{form.id}")]
    for page in pages:
        assert payload not in page or "{{" in payload
        assert "Form 49" not in page
    assert db.session.scalar(select(func.count()).select_from(FormSubmission)) == 2


@pytest.fixture
def desk(new_client: NewClient, admin: Viewer) -> Iterator[FlaskClient]:
    return new_client(admin)


def test_the_lead_says_where_it_came_from(
    client: FlaskClient, desk: FlaskClient, clock: MovableClock, admin: Viewer
) -> None:
    form = a_form(admin, consent="You may call me.")
    at = f"/f/{form.slug}"
    for source in ("mail", "poster"):
        clock.move(days=1)
        page = client.get(f"{at}?utm_source={source}").text
        clock.move(seconds=5)
        client.post(at, data=hidden(page) | NEDA | {"consent": "1"})
    (lead,) = leads()
    page = desk.get(f"/leads/{lead.id}").text
    for said in ("Where from", "First visit", "mail", "Last visit", "poster", "You may call me."):
        assert said in page, said
    assert "Lead captured: Contact us" in page
    assert "Came again: Contact us" in page


def test_a_lead_entered_by_hand_says_nothing_of_that(
    new_client: NewClient, sara: Viewer, app: Flask
) -> None:
    from tests.factories import a_lead

    page = new_client(sara).get(f"/leads/{a_lead(sara).id}").text
    assert "Where from" not in page
