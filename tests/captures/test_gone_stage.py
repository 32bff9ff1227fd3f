"""A stage may be taken away while a phone is without a line: its meetings outlive it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from crm import errors
from crm.activities.models import Activity
from crm.captures.commands import receive_capture
from crm.captures.decisions import open_decisions, resolve_decision
from crm.database import db, new_id
from crm.deals.models import Deal
from crm.deals.stage_removal import remove_stage
from crm.users.viewer import Viewer
from tests import factories
from tests.api.phone import capture, met


def meetings() -> int:
    return db.session.scalar(select(func.count()).select_from(Activity)) or 0


def kept(deal: Deal) -> Deal:
    db.session.expire_all()
    return db.session.get_one(Deal, deal.id)


def wish_for_a_stage_that_goes(
    admin: Viewer, deal: Deal, says_from: bool
) -> tuple[dict[str, Any], str]:
    """Return a meeting that names «Qualified», taken away since, and where the deal stands now."""
    gone = factories.stage("qualified").id
    seen = {"from": deal.stage_id} if says_from else {}
    sent = capture(met(deal={"id": deal.id, "to": gone, "base_version": deal.version, **seen}))
    remove_stage(admin, gone, {"to_stage_id": factories.stage("proposal").id})
    return sent, kept(deal).stage_id


@pytest.mark.parametrize("says_from", [True, False])
def test_the_wish_for_a_stage_that_is_gone_is_left_to_decide(
    app, admin, sara, says_from: bool
) -> None:
    deal = factories.a_deal(sara)
    sent, stands = wish_for_a_stage_that_goes(admin, deal, says_from)
    said = receive_capture(sara, sent)
    assert (said["verdict"], said["decision"]["yours"]) == ("conflict", "Qualified")
    assert (meetings(), kept(deal).stage_id) == (1, stands)
    with pytest.raises(errors.Conflict):
        resolve_decision(sara, said["decision"]["id"], "mine")
    resolve_decision(sara, said["decision"]["id"], "theirs")
    assert not open_decisions(sara)
    assert kept(deal).stage_id == stands


@pytest.mark.parametrize("says_from", [True, False])
def test_a_sheet_that_only_showed_it_wishes_nothing(app, admin, sara, says_from: bool) -> None:
    deal = factories.a_deal(sara, stage_key="qualified")
    sent, stands = wish_for_a_stage_that_goes(admin, deal, says_from)
    assert receive_capture(sara, sent)["verdict"] == "applied"
    assert (meetings(), kept(deal).stage_id) == (1, stands)


def test_a_stage_that_never_was_is_refused(app, sara) -> None:
    deal = factories.a_deal(sara)
    said = receive_capture(sara, capture(met(deal={"id": deal.id, "to": new_id()})))
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["deal.to_stage_id"])
    assert meetings() == 0
