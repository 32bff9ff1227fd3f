"""What waits to be decided: shown to one person, chosen with one tap, never in the way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from crm import clock, errors
from crm.accounts.commands import update_contact
from crm.accounts.models import Contact
from crm.activities.commands import withdraw_activity
from crm.captures import decisions
from crm.captures.commands import receive_capture
from crm.captures.decisions import open_decisions, resolve_decision
from crm.captures.models import Decision
from crm.database import db
from crm.deals.commands import archive_deal, move_deal
from crm.deals.models import Deal, Stage
from crm.deletion.commands import delete_record
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests import factories
from tests.api.phone import capture, met
from tests.web.test_queries_per_page import counted


def contested(sara: Viewer, omid: Viewer) -> tuple[Deal, dict[str, Any], dict[str, Any]]:
    """Return a deal that Omid lost, Sara's late meeting that won it, and what she was told."""
    deal = factories.a_deal(sara)
    won = capture(met(deal={"id": deal.id, "to": "won", "base_version": 1}))
    move_deal(omid, deal.id, {"stage_id": factories.stage("lost").id, "lost_reason": "price"})
    return deal, won, receive_capture(sara, won)


def status(deal: Deal) -> tuple[str, str | None]:
    db.session.expire_all()
    row = db.session.get_one(Deal, deal.id)
    return row.status, row.lost_reason


def test_either_stage_may_be_kept_and_the_other_one_after_it(app, sara, omid) -> None:
    deal, _won, said = contested(sara, omid)
    decision_id = said["decision"]["id"]
    steps = [("theirs", "lost"), ("mine", "won"), ("mine", "won"), ("theirs", "lost")]
    for keep, wanted in steps:
        resolve_decision(sara, decision_id, keep)
        assert status(deal)[0] == wanted
    assert status(deal) == ("lost", "price")
    made = db.session.scalars(
        select(TimelineEntry).where(TimelineEntry.kind == "decision.made")
    ).all()
    assert [entry.deal_id for entry in made] == [deal.id] * 3, "the same choice twice is one"


def test_mine_is_a_move_of_its_own_in_the_timeline(app, new_client, sara, omid) -> None:
    deal, _won, said = contested(sara, omid)
    resolve_decision(sara, said["decision"]["id"], "mine")
    page = new_client(sara).get(f"/deals/{deal.id}").text
    assert "Lost to Won" in page
    assert "Decided: Won, not Lost" in page


def test_keeping_theirs_moves_nothing_that_moved_on_since(app, sara, omid) -> None:
    deal, _won, said = contested(sara, omid)
    move_deal(omid, deal.id, {"stage_id": factories.stage("proposal").id})
    resolve_decision(sara, said["decision"]["id"], "theirs")
    assert status(deal)[0] == "open"


def test_a_third_stage_is_not_moved_on_from_by_an_old_choice(app, sara, omid) -> None:
    deal, _won, said = contested(sara, omid)
    move_deal(omid, deal.id, {"stage_id": factories.stage("proposal").id})
    with pytest.raises(errors.Conflict):
        resolve_decision(sara, said["decision"]["id"], "mine")
    assert status(deal)[0] == "open"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("city", ("Shiraz", "Tabriz", "Karaj", "Rasht")),
        ("birthday", ("1990-01-01", "1992-04-22", "1993-04-22", "1994-04-22")),
        ("phones", ([], ["09122222222"], ["09123333333"], ["09124444444"])),
        ("tags", ("", "VIP", "north, expo", "west")),
        ("account_name", ("Alborz", "Damavand", "Sahand", "Zagros")),
    ],
)
def test_an_old_choice_does_not_write_over_a_third_value(
    app, sara, omid, field: str, values: tuple[Any, ...]
) -> None:
    shown, theirs, yours, third = values
    contact = factories.a_contact(sara)
    update_contact(omid, contact.id, {field: theirs})
    change = {"from": shown, "to": yours}
    body = {"record": "contact", "id": contact.id, "changes": {field: change}}
    decision_id = receive_capture(sara, capture(body, "record.edit"))["decision"]["id"]
    for keep in ("mine", "theirs"):
        resolve_decision(sara, decision_id, keep)
    update_contact(omid, contact.id, {field: third})
    version = db.session.get_one(Contact, contact.id).version
    with pytest.raises(errors.Conflict):
        resolve_decision(sara, decision_id, "mine")
    db.session.expire_all()
    assert db.session.get_one(Contact, contact.id).version == version
    update_contact(omid, contact.id, {field: theirs})
    resolve_decision(sara, decision_id, "mine")


def test_a_choice_may_be_made_offline_too(app, sara, omid) -> None:
    deal, _won, said = contested(sara, omid)
    body = {"decision_id": said["decision"]["id"], "keep": "mine"}
    assert receive_capture(sara, capture(body, "decision.resolve"))["verdict"] == "applied"
    assert status(deal)[0] == "won"


def test_nobody_else_sees_it_or_decides_it(app, sara, omid, leila, nika) -> None:
    _deal, _won, said = contested(sara, omid)
    assert [one.id for one in open_decisions(sara)] == [said["decision"]["id"]]
    for other in (omid, leila, nika):
        assert not open_decisions(other)
        with pytest.raises(errors.NotFound):
            resolve_decision(other, said["decision"]["id"], "mine")


def test_a_deal_out_of_sight_shows_nothing_and_cannot_be_decided_on(app, sara, omid, nika) -> None:
    deal, _won, said = contested(sara, omid)
    db.session.execute(update(Deal).values(owner_id=nika.id, team_id=nika.team_id))
    db.session.commit()
    assert not open_decisions(sara)
    with pytest.raises(errors.NotFound):
        resolve_decision(sara, said["decision"]["id"], "mine")
    assert status(deal)[0] == "lost"


def test_what_settled_itself_asks_nothing_more(app, sara, omid) -> None:
    deals = [contested(sara, omid) for _ in range(3)]
    assert len(open_decisions(sara)) == 3
    move_deal(omid, deals[0][0].id, {"stage_id": factories.stage("won").id})
    archive_deal(omid, deals[1][0].id)
    withdraw_activity(sara, deals[2][1]["body"]["id"])
    assert not open_decisions(sara)


def test_what_settled_itself_does_not_keep_later_ones_away(app, sara, omid) -> None:
    for _ in range(decisions.MOST_SHOWN):
        factories.a_decision(sara, factories.a_deal(sara, stage_key="won"))
    _deal, _won, said = contested(sara, omid)
    assert [one.id for one in open_decisions(sara)] == [said["decision"]["id"]]


def test_a_deleted_deal_takes_its_decisions_along(app, sara, omid, admin) -> None:
    deal, _won, _said = contested(sara, omid)
    delete_record(admin, "deal", deal.id)
    assert not db.session.scalars(select(Decision)).all()
    assert not open_decisions(sara)


def test_a_stage_that_is_gone_cannot_be_kept(app, sara, omid) -> None:
    _deal, _won, said = contested(sara, omid)
    db.session.get_one(Stage, factories.stage("won").id).archived_at = clock.now()
    db.session.commit()
    with pytest.raises(errors.Conflict):
        resolve_decision(sara, said["decision"]["id"], "mine")
    assert open_decisions(sara)


def test_today_shows_it_on_top_and_takes_the_choice_without_a_script(
    new_client, sara, omid
) -> None:
    deal, _won, said = contested(sara, omid)
    phone, decision_id = new_client(sara), said["decision"]["id"]
    page = phone.get("/today").text
    assert f'action="/decisions/{decision_id}"' in page
    assert "Omid Karimi: Lost (Price) 10:45 · you: Won 10:45" in page
    answer = phone.post(f"/decisions/{decision_id}", data={"keep": "mine"})
    assert (answer.status_code, answer.location) == (303, "/today")
    after = phone.get("/today").text
    assert "Kept: Won" in after
    assert f'id="decision-{decision_id}"' not in after
    assert status(deal)[0] == "won"


def test_a_choice_that_is_none_changes_nothing(new_client, sara, omid) -> None:
    deal, _won, said = contested(sara, omid)
    answer = new_client(sara).post(f"/decisions/{said['decision']['id']}", data={"keep": "both"})
    assert answer.status_code == 303
    assert status(deal)[0] == "lost"


def test_the_form_of_the_sheet_saves_the_meeting_and_says_what_is_left(
    new_client, sara, omid
) -> None:
    contact = factories.a_contact(sara)
    deal = factories.a_deal(sara, contact_id=contact.id)
    phone = new_client(sara)
    move_deal(omid, deal.id, {"stage_id": factories.stage("lost").id})
    form = {
        "who": f"contact:{contact.id}",
        "outcome": "interested",
        "deal_id": deal.id,
        "version": "1",
        "stage_id": factories.stage("proposal").id,
    }
    assert phone.post("/captures", data=form).location == "/today"
    page = phone.get("/today").text
    assert "One thing is for you to decide" in page
    assert "keep which?" in page


def test_twenty_choices_cost_as_many_statements_as_one(app, sara, omid) -> None:
    contested(sara, omid)
    with counted() as few:
        open_decisions(sara)
    for _ in range(19):
        contested(sara, omid)
    db.session.rollback()
    with counted() as many:
        assert len(open_decisions(sara)) == 20
    assert len(many) == len(few) <= 4


def test_a_value_that_came_to_be_what_was_wanted_asks_nothing_more(app, sara, omid) -> None:
    contact = factories.a_contact(sara, birthday=date(1991, 4, 22))
    update_contact(omid, contact.id, {"birthday": "1992-04-22"})
    change = {"from": "1991-04-22", "to": "1993-04-22"}
    body = {"record": "contact", "id": contact.id, "changes": {"birthday": change}}
    receive_capture(sara, capture(body, "record.edit"))
    (waiting,) = open_decisions(sara)
    assert (waiting.label, waiting.url) == ("Birthday", f"/contacts/{contact.id}")
    update_contact(omid, contact.id, {"birthday": "1993-04-22"})
    assert not open_decisions(sara)
