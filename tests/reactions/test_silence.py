"""What nobody did just now rings nowhere: files, the sample, other rules, time."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm import clock as product_clock
from crm.alerts.models import Alert
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.leads.score_book import change_bands
from crm.leads.scoring import Sign
from crm.leads.touches import add_touches, settle_due
from crm.reactions.entries import follow_entries
from crm.sample.commands import add_sample
from crm.timeline.models import AwaitedReaction, TimelineEntry
from crm.users.viewer import Viewer
from crm.worker import Worker
from tests import factories
from tests.imports.files import bring
from tests.reactions.inbox import HAMRAH, told


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def hot_entries() -> int:
    hot = select(func.count()).where(TimelineEntry.kind == "lead.became_hot")
    return db.session.scalar(hot) or 0


@pytest.mark.mission(53)
def test_a_thousand_won_deals_from_a_file_are_told_to_nobody(app: Flask, admin: Viewer) -> None:
    head = "opportunity_id,account,product,deal_stage,engage_date,close_date,close_value\n"
    rows = (f"{n},Acme,Thing,Won,2026-11-01,2026-11-24,10\n" for n in range(1000))
    bring(admin, head + "".join(rows))
    Worker(app.app_context).run_due()
    assert (count(Deal), count(Alert), count(AwaitedReaction)) == (1000, 0, 0)


def test_leads_from_a_file_that_turn_out_hot_are_told_to_nobody(app: Flask, admin: Viewer) -> None:
    change_bands(admin, {"warm_from": "10", "hot_from": "15"})
    rows = (f"Lead {n},مدیر خرید,Acme,500\n" for n in range(30))
    bring(admin, "name,job title,company,employees\n" + "".join(rows), kind="leads")
    Worker(app.app_context).run_due()
    Worker(app.app_context).run_due()
    assert (count(Lead), hot_entries(), count(Alert)) == (30, 30, 0)


def test_the_sample_is_told_to_nobody(app: Flask, admin: Viewer) -> None:
    add_sample(admin)
    while follow_entries(HAMRAH):
        pass
    assert hot_entries() > 0
    assert count(Alert) == 0


def test_a_lead_that_other_rules_made_hot_did_nothing(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    lead = factories.a_lead(sara)
    add_touches(HAMRAH, lead.id, [Sign("form", product_clock.now())])
    change_bands(admin, {"warm_from": "20", "hot_from": "30"})
    assert settle_due(HAMRAH) == 1
    assert hot_entries() == 1
    follow_entries(HAMRAH)
    assert told(sara) == []
