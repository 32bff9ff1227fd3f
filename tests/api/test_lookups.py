"""Who is signed in, and the people and deals that a capture can name."""

from __future__ import annotations

import json
import re

import pytest

from tests import factories


@pytest.mark.mission(116)
def test_contacts_are_found_by_name_company_and_the_end_of_their_number(new_client, sara) -> None:
    acme = factories.an_account(sara, "Alborz Trading")
    nima = factories.a_contact(
        sara, "Nima Karimi", acme, phones=factories.labelled("+989121234567"), job_title="Buyer"
    )
    factories.a_contact(sara, "Zohre Amini")
    for asked in ("nima", "karimi", "4567", "nima karimi"):
        found = new_client(sara).get("/api/v1/contacts", query_string={"q": asked}).json
        assert found["contacts"] == [
            {
                "id": nima.id,
                "name": "Nima Karimi",
                "job_title": "Buyer",
                "phone": "+989121234567",
                "account": {"id": acme.id, "name": "Alborz Trading"},
            }
        ], asked


def test_deals_come_with_the_stage_and_version_to_move_them_by(new_client, sara) -> None:
    acme = factories.an_account(sara, "Alborz")
    deal = factories.a_deal(sara, "50 seats", "proposal", account_id=acme.id)
    found = new_client(sara).get("/api/v1/deals?q=seats").json["deals"]
    assert found == [
        {
            "id": deal.id,
            "name": "50 seats",
            "status": "open",
            "version": 1,
            "stage": {"id": factories.stage("proposal").id, "name": "Proposal"},
            "amount": 2_000_000_000,
            "currency": "IRR",
            "account": {"id": acme.id, "name": "Alborz"},
            "contact": None,
        }
    ]


def test_without_words_the_last_touched_come_first(new_client, sara, clock) -> None:
    names = ["Untouched", "Earlier", "Later"]
    for n, name in enumerate(names):
        factories.a_contact(sara, name, last_activity_at=clock.move(hours=1) if n else None)
    found = new_client(sara).get("/api/v1/contacts?limit=2").json["contacts"]
    assert [contact["name"] for contact in found] == ["Later", "Earlier"]


def test_a_stranger_finds_nothing(new_client, sara, nika) -> None:
    factories.a_contact(sara, "Nima Karimi", last_activity_at=None)
    factories.a_deal(sara, "50 seats")
    phone = new_client(nika)
    for path in ("contacts?q=nima", "contacts", "deals?q=seats", "deals"):
        assert not next(iter(phone.get(f"/api/v1/{path}").json.values())), path


def test_archived_ones_are_left_out(new_client, sara, clock) -> None:
    factories.a_contact(sara, "Nima Karimi", archived_at=clock.now())
    for path in ("contacts?q=nima", "contacts"):
        assert new_client(sara).get(f"/api/v1/{path}").json["contacts"] == []


def test_me_names_the_viewer_the_stages_and_the_words(new_client, sara) -> None:
    said = new_client(sara).get("/api/v1/me").json
    assert said["viewer"]["id"] == sara.id
    (pipeline,) = said["pipelines"]
    assert [s["kind"] for s in pipeline["stages"]] == ["open"] * 3 + ["won", "lost"]
    assert said["epoch"]
    assert said["outcomes"]["quote"] == "Wants quote"
    assert "activity.log" in said["captures"]["kinds"]


def test_the_description_names_every_address_and_every_kind(app, new_client, sara) -> None:
    said = new_client(sara).get("/api/v1/openapi.json").json
    rules = [r.rule for r in app.url_map.iter_rules() if r.rule.startswith("/api/")]
    ours = {re.sub(r"<id:(\w+)>", r"{\1}", rule) for rule in rules}
    assert set(said["paths"]) == ours - {"/api/v1/openapi.json"} | {"/hooks/{slug}"}
    kinds = new_client(sara).get("/api/v1/me").json["captures"]["kinds"]
    assert set(kinds) <= set(said["components"]["schemas"])
    refs = {part.split('"')[0] for part in json.dumps(said).split("#/components/schemas/")[1:]}
    assert refs <= set(said["components"]["schemas"])
