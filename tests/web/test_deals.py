"""The pipeline and a deal's page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm import clock
from crm.database import db, new_id
from crm.deals.models import Deal
from crm.users.models import User
from tests import factories

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.mark.mission(43)
@pytest.mark.mission(44)
def test_the_pipeline_counts_and_sums_each_stage(new_client, sara) -> None:
    factories.a_deal(sara, "One", "lead", amount=2_000_000_000)
    factories.a_deal(sara, "Two", "lead", amount=1_000_000_000)
    factories.a_deal(sara, "Three", "proposal", amount=1_000_000_000)
    text = new_client(sara).get("/pipeline").text
    for label in ("Lead", "Qualified", "Proposal", "Closed"):
        assert label in text
    assert "300m" in text.replace("<b>", "").replace("</b>", "")
    assert "One" in text
    assert "Three" not in text


def test_a_deal_without_a_next_step_says_so(new_client, sara) -> None:
    factories.a_deal(sara, "Bare")
    assert "No next step" in new_client(sara).get("/pipeline").text


def test_a_rep_sees_his_own_deals_and_his_manager_the_teams(
    new_client, sara, omid, leila, nika
) -> None:
    factories.a_deal(omid, "Of Omid")
    assert "Of Omid" not in new_client(sara).get("/pipeline").text
    assert "Of Omid" in new_client(sara).get("/pipeline?whose=team").text
    assert "Of Omid" in new_client(leila).get("/pipeline").text
    assert "Of Omid" not in new_client(nika).get("/pipeline?whose=team").text


def test_a_move_is_one_tap_with_undo(new_client, sara) -> None:
    deal = factories.a_deal(sara, "Movable")
    target = factories.stage("qualified").id
    phone = new_client(sara)
    answer = phone.post(f"/deals/{deal.id}/stage", data={"stage_id": target, "version": 1})
    assert answer.status_code == 303
    page = phone.get(f"/deals/{deal.id}").text
    assert "moved to Qualified" in page
    assert "Lead to Qualified" in page
    entry = page.split('name="entry" value="')[1].split('"')[0]
    phone.post(f"/deals/{deal.id}/stage/undo", data={"entry": entry})
    db.session.expire_all()
    assert db.session.get(Deal, deal.id).stage_id == factories.stage("lead").id


def test_htmx_gets_the_opened_card_and_a_toast(new_client, sara) -> None:
    deal = factories.a_deal(sara, "Movable")
    answer = new_client(sara).post(
        f"/deals/{deal.id}/stage",
        headers=PARTIAL,
        data={"stage_id": factories.stage("proposal").id, "version": 1, "view": "card"},
    )
    assert answer.status_code == 200
    assert f'id="card-{deal.id}"' in answer.text
    assert "hx-swap-oob" in answer.text


def test_losing_takes_its_reason_in_the_same_tap(new_client, sara) -> None:
    deal = factories.a_deal(sara, "Losable")
    new_client(sara).post(f"/deals/{deal.id}/stage", data={"lost_reason": "price", "version": 1})
    db.session.expire_all()
    kept = db.session.get(Deal, deal.id)
    assert (kept.status, kept.lost_reason) == ("lost", "price")


def test_a_move_on_an_old_page_is_refused_with_how_it_stands(new_client, sara, omid) -> None:
    deal = factories.a_deal(sara, "Shared")
    phone = new_client(sara)
    phone.post(
        f"/deals/{deal.id}/stage", data={"stage_id": factories.stage("proposal").id, "version": 1}
    )
    answer = phone.post(
        f"/deals/{deal.id}/stage", data={"stage_id": factories.stage("qualified").id, "version": 1}
    )
    assert answer.status_code == 409
    assert "Someone else moved this deal" in answer.text


def test_an_older_page_of_the_list_follows_by_keyset(new_client, sara) -> None:
    for n in range(35):
        factories.a_deal(sara, f"Deal {n:02}", updated_at=clock.now() - timedelta(minutes=n))
    phone = new_client(sara)
    first = phone.get("/pipeline").text
    assert "Deal 29" in first
    assert "Deal 30" not in first
    url = first.split('hx-get="/pipeline?')[1].split('"')[0].replace("&amp;", "&")
    rest = phone.get(f"/pipeline?{url}", headers=PARTIAL).text
    assert "Deal 30" in rest
    assert "Deal 34" in rest
    assert "<html" not in rest


@pytest.mark.parametrize("order", ["changed", "amount", "stage"])
def test_every_order_pages_without_loss(new_client, sara, order) -> None:
    for n in range(40):
        factories.a_deal(sara, f"Deal {n:02}.", amount=n % 3 * 100)
    phone = new_client(sara)
    first = phone.get(f"/pipeline?order={order}").text
    url = first.split('hx-get="/pipeline?')[1].split('"')[0].replace("&amp;", "&")
    both = first + phone.get(f"/pipeline?{url}", headers=PARTIAL).text
    assert all(both.count(f"Deal {n:02}.") == 1 for n in range(40))


def test_a_new_deal_is_made_from_words_as_people_say_them(new_client, sara) -> None:
    deal_id = new_id()
    answer = new_client(sara).post(
        "/deals",
        data={
            "id": deal_id,
            "name": "Warehouse suite",
            "account_name": "Alborz Distribution",
            "contact_name": "Sara Rezaei",
            "amount": "200m",
            "currency": "IRT",
            "stage_id": factories.stage("qualified").id,
            "expected_close_on": "2026-12-16",
            "tags": "hot, north",
        },
    )
    assert answer.status_code == 303, answer.text
    deal = db.session.get(Deal, deal_id)
    assert deal.amount == 2_000_000_000
    assert deal.currency == "IRR"
    assert deal.account_id
    assert deal.contact_id
    page = new_client(sara).get(f"/deals/{deal_id}").text
    assert "Alborz Distribution" in page
    assert "Sara Rezaei" in page


def test_a_bad_form_says_what_is_wrong_and_keeps_what_was_typed(new_client, sara) -> None:
    answer = new_client(sara).post(
        "/deals",
        data={
            "name": "",
            "account_name": "Typed firm",
            "amount": "much",
            "currency": "EUR",
        },
    )
    assert answer.status_code == 422
    assert "This is needed." in answer.text
    assert "Typed firm" in answer.text
    assert 'value="much"' in answer.text


def test_editing_an_old_copy_is_a_conflict_that_keeps_what_was_typed(new_client, sara) -> None:
    deal = factories.a_deal(sara, "Editable")
    phone = new_client(sara)
    phone.post(f"/deals/{deal.id}", data={"name": "Changed", "version": 1})
    answer = phone.post(f"/deals/{deal.id}", data={"name": "Mine", "version": 1})
    assert answer.status_code == 409
    assert 'value="Mine"' in answer.text


def test_archive_and_bring_back(new_client, sara) -> None:
    deal = factories.a_deal(sara, "Storable")
    phone = new_client(sara)
    for _tap in range(2):
        phone.post(f"/deals/{deal.id}/archive")
    assert "Storable" not in phone.get("/pipeline").text
    phone.post(f"/deals/{deal.id}/archive", data={"archived": ""})
    assert "Storable" in phone.get("/pipeline").text


@pytest.mark.parametrize("path", ["/deals/{}", "/deals/{}/edit", "/deals/{}/card"])
def test_a_stranger_finds_nothing(new_client, sara, nika, path) -> None:
    deal = factories.a_deal(sara, "Secret")
    assert new_client(nika).get(path.format(deal.id)).status_code == 404


def test_the_pages_open(new_client, sara) -> None:
    deal = factories.a_deal(sara, "Openable")
    phone = new_client(sara)
    for path in (
        "/deals/new",
        f"/deals/{deal.id}/edit",
        f"/pipeline?open={deal.id}",
        "/pipeline?stage=closed",
        f"/deals/{deal.id}/card?open=1",
        "/deals/accounts?account_name=al",
        "/deals/contacts?contact_name=al",
    ):
        assert phone.get(path).status_code == 200, path


def test_someone_from_the_account_joins_the_deal_with_his_part(new_client, sara) -> None:
    account = factories.an_account(sara)
    contact = factories.a_contact(sara, "Ali Moradi", account)
    deal = factories.a_deal(sara, account_id=account.id)
    phone = new_client(sara)
    assert "Add someone" in phone.get(f"/deals/{deal.id}").text
    phone.post(f"/deals/{deal.id}/people", data={"contact_id": contact.id, "part": "Decides"})
    page = phone.get(f"/deals/{deal.id}").text
    assert "Ali Moradi" in page
    assert "Decides" in page


def test_a_deals_page_reaches_its_people(new_client, sara) -> None:
    account = factories.an_account(sara, address="Tehran, Valiasr")
    contact = factories.a_contact(
        sara,
        "Ali",
        account,
        phones=factories.labelled("+989123456789"),
        emails=factories.labelled("ali@example.com"),
    )
    deal = factories.a_deal(sara, account_id=account.id, contact_id=contact.id)
    new_client(sara).post(f"/deals/{deal.id}/people", data={"contact_id": contact.id})
    page = new_client(sara).get(f"/deals/{deal.id}").text
    for address in (
        "tel:+989123456789",
        "sms:+989123456789",
        "mailto:ali@example.com",
        "openstreetmap.org/search?query=Tehran",
    ):
        assert address in page


def test_only_the_last_move_offers_to_be_put_back_from_the_history(new_client, sara) -> None:
    deal = factories.a_deal(sara, "Twice moved")
    phone = new_client(sara)
    for version, key in ((1, "qualified"), (2, "proposal")):
        phone.post(
            f"/deals/{deal.id}/stage",
            data={"stage_id": factories.stage(key).id, "version": version},
        )
    phone.get("/today")  # takes the toast with its own undo away
    page = phone.get(f"/deals/{deal.id}").text
    assert page.count(f'action="/deals/{deal.id}/stage/undo"') == 1


def test_saving_keeps_the_namesake_and_the_archived_account_that_stood_there(
    new_client, sara
) -> None:
    account = factories.an_account(sara, "Old firm", archived_at=clock.now())
    for person in [factories.a_contact(sara, "Ali Ahmadi") for _ in range(2)]:
        deal = factories.a_deal(sara, account_id=account.id, contact_id=person.id)
        form = {"name": "New", "account_name": "Old firm", "contact_name": "Ali Ahmadi"}
        assert new_client(sara).post(f"/deals/{deal.id}", data=form).status_code == 303
        db.session.refresh(deal)
        assert (deal.account_id, deal.contact_id) == (account.id, person.id)


def test_the_form_offers_what_the_deal_has_also_when_nobody_could_choose_it_now(
    new_client, sara, admin
) -> None:
    """A browser sends a select's first option where none is chosen: saving would change it."""
    product = factories.a_product("Old box", archived_at=clock.now())
    deal = factories.a_deal(sara, currency="INR", product_id=product.id)
    contact = factories.a_contact(sara)
    db.session.get_one(User, sara.id).is_active = False
    db.session.commit()
    phone = new_client(admin)
    page = phone.get(f"/deals/{deal.id}/edit").text
    assert f'<option value="{sara.id}" selected>{sara.name}</option>' in page
    assert f'<option value="{product.id}" selected>Old box</option>' in page
    assert '<option value="INR" selected>' in page
    assert f'value="{sara.id}" selected' in phone.get(f"/contacts/{contact.id}/edit").text
