"""A lead is taken, kept for later and let go without signal; who is late reads who has it."""

from __future__ import annotations

from typing import Any

import pytest

from crm import clock
from crm.captures.commands import receive_capture
from crm.database import db
from crm.leads.models import Lead
from crm.leads.routes import claim_lead
from crm.users.viewer import Viewer
from tests import factories
from tests.api.phone import capture
from tests.clock import MovableClock

BODIES: list[tuple[str, dict[str, Any]]] = [
    ("lead.claim", {}),
    ("lead.defer", {}),
    ("lead.disqualify", {"reason": "no_budget"}),
]


@pytest.mark.mission(26, 31, 117)
def test_each_is_done_once_however_often_it_is_sent(app: object, sara: Viewer) -> None:
    for kind, body in BODIES:
        lead_id = factories.a_lead(None).id
        one = capture({"lead_id": lead_id, **body}, kind)
        verdicts = [receive_capture(sara, one)["verdict"] for _turn in range(2)]
        lead = db.session.get_one(Lead, lead_id)
        assert verdicts == ["applied", "duplicate"]
        assert (lead.owner_id == sara.id, lead.status, lead.disqualified_reason) == {
            "lead.claim": (True, "new", None),
            "lead.defer": (False, "later", None),
            "lead.disqualify": (False, "disqualified", "no_budget"),
        }[kind]


@pytest.mark.mission(31)
@pytest.mark.parametrize(("kind", "body"), BODIES)
@pytest.mark.parametrize("other", ["omid", "nika"])
def test_what_another_took_meanwhile_is_not_touched_and_it_says_who_has_it(
    app: object, sara: Viewer, request: pytest.FixtureRequest, clock: MovableClock,
    kind: str, body: dict[str, Any], other: str,
) -> None:  # fmt: skip
    lead_id = factories.a_lead(None).id
    decided = capture({"lead_id": lead_id, **body}, kind)
    clock.move(minutes=5)
    rival: Viewer = request.getfixturevalue(other)
    claim_lead(rival, lead_id)
    said = receive_capture(sara, decided)
    if kind == "lead.claim" or other == "omid":
        assert said["verdict"] == "rejected"
        assert rival.name in str(said["errors"])
    else:
        assert said["verdict"] == "forbidden"
    lead = db.session.get_one(Lead, lead_id)
    assert (lead.owner_id, lead.status) == (rival.id, "new")


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_a_strangers_lead_is_out_of_sight(
    app: object, sara: Viewer, nika: Viewer, kind: str, body: dict[str, Any]
) -> None:
    lead_id = factories.a_lead(nika, "CANARY").id
    said = receive_capture(sara, capture({"lead_id": lead_id, **body}, kind))
    assert said["verdict"] == "forbidden"
    assert "CANARY" not in str(said)


@pytest.mark.parametrize("was", ["new", "working", "later"])
@pytest.mark.parametrize(("kind", "body"), BODIES[1:])
def test_the_answer_says_what_it_was_before(
    app: object, sara: Viewer, kind: str, body: dict[str, Any], was: str
) -> None:
    lead_id = factories.a_lead(sara, status=was).id
    said = receive_capture(sara, capture({"lead_id": lead_id, **body}, kind))
    assert said["result"] == {"lead_id": lead_id, "was": was}


def test_a_closed_lead_stays_closed(app: object, sara: Viewer) -> None:
    lead_id = factories.a_lead(sara, status="converted", converted_at=clock.now()).id
    for kind, body in BODIES:
        said = receive_capture(sara, capture({"lead_id": lead_id, **body}, kind))
        assert said["verdict"] == "rejected"
    assert db.session.get_one(Lead, lead_id).status == "converted"
