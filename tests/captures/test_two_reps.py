"""Two reps move one deal: whoever comes second loses neither his words nor his wish."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.activities.models import Activity
from crm.captures.commands import receive_capture
from crm.captures.decisions import open_decisions, resolve_decision
from crm.database import db
from crm.deals.models import Deal
from tests import factories
from tests.api.phone import capture, met, send

STAGES = ("qualified", "proposal", "won", "lost")
WAYS = ("online", "offline")
CASES = list(product(STAGES, STAGES, WAYS, WAYS))


def wish(deal: Deal, to: str, reason: str) -> dict[str, Any]:
    """Return the meeting of a rep who saw the deal in its first stage."""
    chosen = {
        "id": deal.id,
        "to": factories.stage(to).id,
        "from": factories.stage("lead").id,
        "base_version": 1,
        "lost_reason": reason if to == "lost" else None,
    }
    said = {"was_offline": True}
    return capture(met(deal=chosen, note=f"{to} because of {reason}", measures=said))


def move(phone: Any, who: Any, way: str, one: dict[str, Any]) -> Any:
    """Send the wish as a form of the deal's page does, or as an outbox does."""
    deal = one["body"]["deal"]
    if way == "offline":
        return send(phone, who, one)[0]["verdict"]
    form = {"stage_id": deal["to"], "version": "1", "lost_reason": deal["lost_reason"] or ""}
    return phone.post(f"/deals/{deal['id']}/stage", data=form).status_code


def state(deal_id: str) -> tuple[str, str | None]:
    db.session.expire_all()
    deal = db.session.get_one(Deal, deal_id)
    return deal.stage_id, deal.lost_reason


def meetings() -> int:
    return db.session.scalar(select(func.count()).select_from(Activity)) or 0


def test_there_are_sixty_four_cases() -> None:
    assert len(CASES) == 64


@pytest.mark.mission(2, 117)
@pytest.mark.parametrize(("first", "second", "first_way", "second_way"), CASES)
def test_two_reps_move_one_deal(
    new_client, sara, omid, clock, first: str, second: str, first_way: str, second_way: str
) -> None:
    deal = factories.a_deal(sara)
    wishes = [wish(deal, first, "price"), wish(deal, second, "competitor")]
    clock.move(hours=1)
    assert move(new_client(omid), omid, first_way, wishes[0]) in ("applied", 303)
    after_first = state(deal.id)
    assert after_first[0] == factories.stage(first).id
    clock.move(hours=1)
    said = move(new_client(sara), sara, second_way, wishes[1])
    assert state(deal.id) == after_first, "what came first stands"
    assert meetings() == (first_way, second_way).count("offline"), "every meeting is kept"
    if second_way == "online":
        assert said == (303 if first == second else 409)
        return
    both_lost = first == second == "lost"
    assert said == ("merged" if both_lost else "applied" if first == second else "conflict")
    if first == second and not both_lost:
        assert not open_decisions(sara)
        return
    (waiting,) = open_decisions(sara)
    assert receive_capture(sara, wishes[1])["verdict"] == "duplicate"
    resolve_decision(sara, waiting.id, "mine")
    mine = "competitor" if second == "lost" else None
    assert state(deal.id) == (factories.stage(second).id, mine)
    resolve_decision(sara, waiting.id, "theirs")
    assert state(deal.id) == after_first
