"""What a deal's owner, amount and history say after a change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm import errors
from crm.accounts.commands import update_account, update_contact
from crm.database import db
from crm.deals.commands import create_deal, move_deal, update_deal
from crm.deals.models import Deal
from crm.deals.pipelines import add_pipeline, archive_pipeline
from crm.deals.stages import stages_of
from crm.leads.commands import update_lead
from crm.schema import MOST_AMOUNT
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests import factories


def test_no_amount_is_so_large_that_the_sums_break(
    app: Flask, new_client: Callable[..., FlaskClient], sara: Viewer
) -> None:
    for amount in (2**62 - 1, MOST_AMOUNT + 1, str(MOST_AMOUNT + 1)):
        with pytest.raises(errors.ValidationError, match="too large"):
            create_deal(sara, {"name": "Huge", "amount": amount, "currency": "IRR"})
    most = {"amount": MOST_AMOUNT, "currency": "IRR", "probability": 100}
    for number in range(20):
        create_deal(sara, {"name": f"Large {number}", **most})
    assert new_client(sara).get("/pipeline").status_code == 200


@pytest.mark.parametrize(
    ("kind", "make", "update"),
    [
        ("deal", factories.a_deal, update_deal),
        ("lead", factories.a_lead, update_lead),
        ("account", factories.an_account, update_account),
        ("contact", factories.a_contact, update_contact),
    ],
)
def test_a_new_owner_stands_in_the_history_and_makes_a_new_version(
    app: Flask, sara: Viewer, omid: Viewer, kind: str, make: Callable[..., object], update: object
) -> None:
    record = make(sara)
    version, record_id = record.version, record.id  # type: ignore[attr-defined]
    update(sara, record_id, {"owner_id": omid.id})  # type: ignore[operator]
    changed = db.session.scalars(
        select(TimelineEntry).where(getattr(TimelineEntry, f"{kind}_id") == record_id)
    ).one()
    assert changed.data["changed"] == {"owner_id": [sara.id, omid.id]}
    db.session.refresh(record)
    assert record.version > version  # type: ignore[attr-defined]
    with pytest.raises(errors.Conflict):
        update(sara, record_id, {"name": "Stale"}, version)  # type: ignore[operator]


def test_a_rep_cannot_make_a_record_everybodys(app: Flask, sara: Viewer, leila: Viewer) -> None:
    deal = factories.a_deal(sara)
    with pytest.raises(errors.ValidationError):
        update_deal(sara, deal.id, {"owner_id": None})
    update_deal(leila, deal.id, {"owner_id": None})
    assert db.session.get_one(Deal, deal.id).owner_id is None


def test_no_deal_goes_to_a_pipeline_that_was_put_away(
    app: Flask, sara: Viewer, admin: Viewer
) -> None:
    pipeline_id = add_pipeline(admin, {"name": "Old"})
    stage_id = stages_of(pipeline_id)[0].id
    archive_pipeline(admin, pipeline_id)
    with pytest.raises(errors.NotFound):
        move_deal(sara, factories.a_deal(sara).id, {"stage_id": stage_id})
    with pytest.raises(errors.NotFound):
        create_deal(sara, {"name": "Lost", "stage_id": stage_id})
