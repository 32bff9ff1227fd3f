"""Who saw to a lead is told of it no more, and nobody else either."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from crm.alerts.deciding import decide_alerts
from crm.alerts.kinds import AlertKind
from crm.alerts.models import Alert, Delivery
from crm.conversions.commands import convert_lead
from crm.database import db
from crm.leads.commands import archive_lead, disqualify_lead, update_lead
from crm.users.viewer import Viewer
from tests import factories
from tests.alerts.inbox import HAMRAH, device, told

WAYS: dict[str, Callable[[Viewer, str], object]] = {
    "disqualified": lambda actor, lead: disqualify_lead(actor, lead, {"reason": "no_need"}),
    "put away": archive_lead,
    "kept for later": lambda actor, lead: update_lead(actor, lead, {"status": "later"}),
    "converted": lambda actor, lead: convert_lead(actor, lead, {"contact_name": "Neda"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_lead_that_was_seen_to_rings_nobody_any_more(
    app: object, sara: Viewer, leila: Viewer, way: str
) -> None:
    lead = factories.a_lead(sara, "Neda Amiri")
    for person in (sara, leila):
        device(person)
        told(person, kind=AlertKind.HOT_LEAD, lead_id=lead.id)
    WAYS[way](sara, lead.id)
    decide_alerts(HAMRAH)
    db.session.rollback()
    outcomes = dict(db.session.execute(select(Alert.user_id, Alert.outcome)).all())
    assert outcomes == {sara.id: "done", leila.id: "taken_back"}
    assert not db.session.scalars(select(Delivery)).all()


def test_what_was_merely_changed_rings_all_the_same(app: object, sara: Viewer) -> None:
    lead = factories.a_lead(sara, "Neda Amiri")
    device(sara)
    told(sara, kind=AlertKind.HOT_LEAD, lead_id=lead.id)
    update_lead(sara, lead.id, {"needs": "Forty seats"})
    decide_alerts(HAMRAH)
    assert len(db.session.scalars(select(Delivery)).all()) == 1
