"""The website's settings, its snippet, and what a lead's page says of its visits."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm.database import db
from crm.leads.commands import capture_lead
from crm.timeline.models import TimelineEntry
from crm.tracking.commands import join_visitor
from crm.tracking.models import ONLY, Website
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.tracking.conftest import SHOP, VISITOR, Site
from tests.web.test_queries_per_page import counted

NewClient = Callable[..., FlaskClient]
HERE = "/administration/website"
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def site(app: Flask, client: FlaskClient) -> Iterator[Site]:
    made = Site(app, client)
    yield made
    made.tracker.reset()


def form(**more: object) -> dict[str, object]:
    return {
        "hosts": "https://Shop.Example.com/start\nwww.other.example",
        "endings": "pdf, .ZIP",
        "keeps_days": "۶۰",
        "page_path": ["/pricing", "/demo", ""],
        "page_name": ["Pricing", "", ""],
        **more,
    }


@pytest.mark.mission(3)
def test_the_snippet_is_at_most_a_kilobyte_and_for_the_pages_of_any_site(
    client: FlaskClient,
) -> None:
    answer = client.get("/t.js")
    assert answer.status_code == 200
    assert len(answer.data) <= 1024
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    packed = client.get("/t.js", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == answer.data


def test_a_beacon_and_the_snippet_ask_the_database_nothing(site: Site, client: FlaskClient) -> None:
    site.look("/pricing")
    with counted() as sent:
        site.look("/pricing")
        client.get("/t.js")
    assert sent == []


def test_everything_else_stays_closed_to_other_sites(client: FlaskClient) -> None:
    for path in ("/sign-in", "/sw.js"):
        assert client.get(path).headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_an_admin_says_what_counts(new_client: NewClient, admin: Viewer, site: Site) -> None:
    client = new_client(admin)
    assert client.post(HERE, data=form(asks_consent="on")).status_code == 303
    website = db.session.get_one(Website, ONLY)
    assert website.hosts == ["shop.example.com", "www.other.example"]
    assert website.endings == [".pdf", ".zip"]
    assert website.keeps_days == 60
    assert website.key_pages == [
        {"path": "/pricing", "name": "Pricing"},
        {"path": "/demo", "name": "/demo"},
    ]
    body = client.get(HERE).get_data(as_text=True)
    assert f"data-key=&#34;{website.site_key}&#34;" in body
    assert "/t.js" in body
    assert 'hamrah("consent")' in body
    (entry,) = db.session.scalars(
        db.select(TimelineEntry).where(TimelineEntry.kind == "website.changed")
    )
    assert set(entry.data["changed"]) == {
        "hosts",
        "endings",
        "key_pages",
        "asks_consent",
        "keeps_days",
    }


def test_new_settings_hold_at_once(new_client: NewClient, admin: Viewer, site: Site) -> None:
    site.look("/demo")
    new_client(admin).post(HERE, data=form(hosts="elsewhere.example"))
    site.look("/other")
    site.written()
    assert db.session.get_one(Website, ONLY).last_detail == "/demo"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"hosts": "no site"}, "is no website"),
        ({"hosts": "shop.example\n" + EVIL}, "is no website"),
        ({"hosts": "\n".join(f"a{n}.example" for n in range(21))}, "At most 20"),
        ({"endings": "../etc"}, "Write endings of files"),
        ({"keeps_days": "0"}, "Between 1 and 730"),
        ({"keeps_days": ""}, "This is needed."),
        ({"page_path": ["pricing"], "page_name": [EVIL]}, "such as /pricing"),
        ({"page_path": ["/"], "page_name": ["All"]}, "such as /pricing"),
        ({"page_path": ["/a"] * 31, "page_name": ["A"] * 31}, "At most 30"),
        ({"page_path": ["/" + "x" * 300], "page_name": ["A"]}, "At most 200"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    new_client: NewClient, admin: Viewer, wrong: dict[str, object], said: str
) -> None:
    before = db.session.get_one(Website, ONLY).hosts
    answer = new_client(admin).post(HERE, data=form(endings="pdf") | wrong)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in body
    assert "<img src=x" not in body
    if "hosts" not in wrong:
        assert "Shop.Example.com/start" in body
    db.session.expire_all()
    assert db.session.get_one(Website, ONLY).hosts == before


def test_the_page_says_whether_anything_arrives(
    new_client: NewClient, admin: Viewer, site: Site
) -> None:
    client = new_client(admin)
    assert "Nothing yet." in client.get(HERE).get_data(as_text=True)
    site.look("/pricing", "/about")
    site.look("/", visitor="11111111-2222-4333-8444-777777777777")
    lead_id = capture_lead(admin, {"name": "Neda"})
    join_visitor(admin, lead_id, VISITOR)
    site.written()
    body = " ".join(client.get(HERE).get_data(as_text=True).split())
    assert "Last heard of" in body
    for label, value in (("Visitors in 7 days", 2), ("Known by name", 1), ("Pages opened", 3)):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in body


@pytest.mark.mission(11, 69)
def test_a_leads_page_shows_its_last_visits_with_their_pages(
    new_client: NewClient, sara: Viewer, site: Site, clock: MovableClock
) -> None:
    lead_id = capture_lead(sara, {"name": "Neda"})
    client = new_client(sara)
    assert "On the website" not in client.get(f"/leads/{lead_id}").get_data(as_text=True)
    join_visitor(sara, lead_id, VISITOR)
    for turn in range(12):
        site.look(f"/visit-{turn}", "/pricing")
        site.written()
        clock.move(hours=1)
    body = client.get(f"/leads/{lead_id}").get_data(as_text=True)
    section = body.partition("On the website")[2].partition('id="timeline"')[0]
    assert section.count("<li") == 10
    assert section.index("/visit-11") < section.index("/visit-10")
    assert "/visit-1<" not in section
    assert "Key page" in section
    assert "Visited the website: 2 pages" in body


def test_what_a_stranger_sends_is_text_on_every_page(
    new_client: NewClient, sara: Viewer, admin: Viewer, site: Site
) -> None:
    from urllib.parse import quote

    lead_id = capture_lead(sara, {"name": "Neda"})
    join_visitor(sara, lead_id, VISITOR)
    evil = quote(EVIL)
    page = f"{SHOP}/pricing/{evil}?utm_source={evil}&utm_campaign={evil}"
    site.beacon(["p", page, f"https://a.example/{evil}"], ["d", f"{SHOP}/{evil}.pdf"])
    site.written()
    for person, path in (
        (sara, f"/leads/{lead_id}"),
        (sara, "/today"),
        (sara, "/people?tab=leads"),
        (admin, HERE),
    ):
        body = new_client(person).get(path).get_data(as_text=True)
        assert "<script>alert" not in body, path
        assert "<img src=x" not in body, path
    assert "&lt;script&gt;alert(1)" in new_client(sara).get(f"/leads/{lead_id}").get_data(
        as_text=True
    )
