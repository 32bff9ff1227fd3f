"""A page that asks if its form would do: what passes the question is what is saved later."""

from __future__ import annotations

import pytest

from crm.database import new_id
from tests import factories

PLAN = {"kind": "call", "step": "tomorrow", "check": "1"}


def test_a_step_that_would_do_is_told_so_and_not_saved(new_client, sara) -> None:
    deal = factories.a_deal(sara)
    step = {**PLAN, "id": new_id(), "deal_id": deal.id}
    phone = new_client(sara)
    answer = phone.post("/activities", data=step)
    assert (answer.status_code, answer.data) == (204, b"")
    assert phone.get(f"/activities/{step['id']}").status_code == 404


@pytest.mark.parametrize("wrong", [{"note": "x" * 10_001}, {"kind": "seance"}], ids=list)
def test_a_step_the_server_would_refuse_later_is_refused_at_the_question(
    new_client, sara, wrong
) -> None:
    deal = factories.a_deal(sara)
    answer = new_client(sara).post("/activities", data={**PLAN, "deal_id": deal.id, **wrong})
    assert answer.status_code == 422
    assert '<p class="error"' in answer.text


def test_a_new_deal_is_asked_about_with_its_stage(new_client, sara) -> None:
    deal = {"name": "Suite", "id": new_id(), "check": "1"}
    phone = new_client(sara)
    assert phone.post("/deals", data=deal).status_code == 204
    assert phone.post("/deals", data={**deal, "stage_id": "nowhere"}).status_code == 422


def test_an_edit_that_leaves_the_name_alone_would_do(new_client, sara) -> None:
    deal, account = factories.a_deal(sara), factories.an_account(sara)
    phone = new_client(sara)
    for page in (f"/deals/{deal.id}", f"/accounts/{account.id}"):
        assert phone.post(page, data={"tags": "expo", "check": "1"}).status_code == 204, page
        assert phone.post(page, data={"name": "", "check": "1"}).status_code == 422, page
