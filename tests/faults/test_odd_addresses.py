"""What stands in an address or a header where a cursor, an id or a page should be: never a 5xx."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from crm.database import db
from crm.deals.models import Deal
from crm.deals.pipelines import add_pipeline
from crm.deals.stages import stages_of
from crm.users.viewer import Viewer
from tests import factories

NewClient = Callable[..., FlaskClient]
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
ID = "01930000-0000-7000-8000-00000000dead"
CURSORS = (
    "2026-01-01T00:00:00%2B00:00~junk",
    f"0001-01-01T00:00:00%2B14:00~{ID}",
    f"9999-12-31T23:59:59-14:00~{ID}",
    f"2026-01-01T00:00:00~{ID}",
    "~",
)


@pytest.mark.parametrize("cursor", CURSORS)
def test_a_cursor_that_cannot_be_one_begins_at_the_top(
    new_client: NewClient, leila: Viewer, sara: Viewer, cursor: str
) -> None:
    deal = factories.a_deal(sara)
    phone = new_client(leila)
    for path in (
        f"/deals/{deal.id}?before={cursor}",
        f"/team/{sara.id}?before={cursor}",
        f"/pipeline?order=changed&after={cursor}",
        f"/pipeline?order=amount&after={cursor}",
    ):
        for headers in ({}, PARTIAL):
            assert phone.get(path, headers=headers).status_code == 200, path


@pytest.mark.parametrize("who", ["contact:junk", "account:junk", "junk", ":", "lead:"])
def test_a_person_who_is_no_id_has_no_deal_to_move(
    new_client: NewClient, sara: Viewer, who: str
) -> None:
    assert new_client(sara).get(f"/capture/stage?who={who}").status_code == 200


def test_a_page_before_that_is_no_address_is_none(
    new_client: NewClient, client: FlaskClient, sara: Viewer
) -> None:
    deal = factories.a_deal(sara)
    nonsense = {"Referer": "http://[", "HX-Current-URL": "http://["}
    moved = new_client(sara).post(
        f"/deals/{deal.id}/stage",
        data={"stage_id": factories.stage("qualified").id},
        headers=nonsense,
    )
    assert moved.status_code == 303
    refused = client.get("/today", headers=nonsense | PARTIAL)
    assert refused.status_code == 401
    assert refused.headers["HX-Redirect"].startswith("/sign-in")


def test_a_stage_of_another_pipeline_is_answered(
    new_client: NewClient, sara: Viewer, admin: Viewer
) -> None:
    deal = factories.a_deal(sara)
    elsewhere = stages_of(add_pipeline(admin, {"name": "Service"}))[0]
    moved = new_client(sara).post(f"/deals/{deal.id}/stage", data={"stage_id": elsewhere.id})
    assert moved.status_code == 303
    assert db.session.get_one(Deal, deal.id).pipeline_id == elsewhere.pipeline_id


def test_an_empty_origin_is_not_ours(client: FlaskClient) -> None:
    said = client.post("/sign-in", data={}, headers={"Sec-Fetch-Site": "", "Origin": ""})
    assert said.status_code == 403
