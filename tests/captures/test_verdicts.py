"""What is answered when the world changed under a phone: nothing written is lost or overwritten."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, update

from crm import clock
from crm.accounts.commands import update_contact
from crm.activities.models import Activity
from crm.attachments.models import Attachment
from crm.captures.commands import receive_capture
from crm.captures.models import Capture, Decision
from crm.database import db, new_id
from crm.deals.commands import move_deal, update_deal
from crm.deals.models import Deal
from crm.users.viewer import Viewer
from tests import factories
from tests.api.phone import capture, met, send


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def stage(key: str) -> str:
    return factories.stage(key).id


def deal_in(deal: Deal, to: str, **more: Any) -> dict[str, Any]:
    return {"id": deal.id, "to": stage(to), "base_version": deal.version, **more}


def give_away(deal: Deal, to: Viewer) -> None:
    db.session.execute(
        update(Deal).where(Deal.id == deal.id).values(owner_id=to.id, team_id=to.team_id)
    )
    db.session.commit()


def kept(deal: Deal) -> Deal:
    db.session.expire_all()
    return db.session.get_one(Deal, deal.id)


@pytest.mark.mission(117)
def test_a_conflict_keeps_the_meeting_and_leaves_the_stage_to_decide(
    app, new_client, sara, omid, clock
) -> None:
    deal = factories.a_deal(sara)
    won = capture(
        met(deal=deal_in(deal, "won"), note="They sign", measures={"was_offline": True}),
        captured_at=clock.now().isoformat(),
    )
    clock.move(minutes=28)
    move_deal(omid, deal.id, {"stage_id": stage("lost"), "lost_reason": "price"})
    clock.move(hours=3)
    said = send(new_client(sara), sara, won)[0]
    assert said["verdict"] == "conflict"
    assert said["result"]["stage_entry_id"] is None
    assert db.session.get(Activity, won["body"]["id"]).note == "They sign"
    assert kept(deal).status == "lost"
    decision = said["decision"]
    assert decision["words"] == ("Omid Karimi: Lost (Price) 11:13 · you: Won 10:45, offline")
    assert (decision["yours"], decision["theirs"]) == ("Won", "Lost (Price)")
    row = db.session.get(Decision, decision["id"])
    assert (row.user_id, row.capture_id) == (sara.id, won["capture_id"])
    assert (row.theirs_by_id, row.field) == (omid.id, "stage")


def test_a_resend_is_told_of_the_conflict_again(app, sara, omid) -> None:
    deal = factories.a_deal(sara)
    won = capture(met(deal=deal_in(deal, "won")))
    move_deal(omid, deal.id, {"stage_id": stage("lost")})
    first, again = receive_capture(sara, won), receive_capture(sara, won)
    assert (again["verdict"], again["was"]) == ("duplicate", "conflict")
    assert again["decision"] == first["decision"]
    assert again["result"] == first["result"]
    assert (count(Decision), count(Activity)) == (1, 1)


@pytest.mark.parametrize("says_from", [True, False])
def test_a_move_goes_through_when_only_other_fields_were_changed(
    app, sara, omid, says_from: bool
) -> None:
    deal = factories.a_deal(sara)
    seen = deal_in(deal, "qualified", **({"from": stage("lead")} if says_from else {}))
    update_deal(omid, deal.id, {"needs": "50 seats"})
    assert receive_capture(sara, capture(met(deal=seen)))["verdict"] == "applied"
    assert (kept(deal).stage_id, kept(deal).needs) == (stage("qualified"), "50 seats")


@pytest.mark.parametrize("says_from", [True, False])
def test_a_stage_that_the_sheet_only_showed_is_no_wish(app, sara, omid, says_from: bool) -> None:
    deal = factories.a_deal(sara)
    shown = deal_in(deal, "lead", **({"from": stage("lead")} if says_from else {}))
    move_deal(omid, deal.id, {"stage_id": stage("proposal")})
    assert receive_capture(sara, capture(met(deal=shown)))["verdict"] == "applied"
    assert kept(deal).stage_id == stage("proposal")


@pytest.mark.parametrize("says_from", [True, False])
def test_a_reps_own_moves_of_one_day_follow_one_another(app, sara, clock, says_from: bool) -> None:
    """Its pages are from this morning: each move was chosen on the version of then."""
    deal = factories.a_deal(sara)
    more = {"from": stage("lead")} if says_from else {}
    batch = []
    for key in ("qualified", "proposal", "won"):
        batch.append(capture(met(deal=deal_in(deal, key, **more))))
        clock.move(hours=1)
    assert [receive_capture(sara, one)["verdict"] for one in batch] == ["applied"] * 3
    assert kept(deal).status == "won"


def test_an_older_wish_does_not_undo_ones_own_later_move(app, sara, clock) -> None:
    deal = factories.a_deal(sara)
    won = capture(met(deal=deal_in(deal, "won")))
    clock.move(hours=1)
    move_deal(sara, deal.id, {"stage_id": stage("lost")})  # on the laptop
    assert receive_capture(sara, won)["verdict"] == "conflict"
    assert kept(deal).status == "lost"


def test_the_later_of_two_wishes_about_one_deal_is_the_one_to_decide_on(app, sara, omid) -> None:
    deal = factories.a_deal(sara)
    wishes = [capture(met(deal=deal_in(deal, key))) for key in ("qualified", "won")]
    move_deal(omid, deal.id, {"stage_id": stage("lost")})
    first, second = (receive_capture(sara, wish)["decision"] for wish in wishes)
    assert (first["id"], second["yours"]) == (second["id"], "Won")
    assert count(Decision) == 1


def test_one_loss_with_two_reasons_keeps_the_first_and_says_so(app, sara, omid) -> None:
    deal = factories.a_deal(sara)
    lost = capture(met(deal=deal_in(deal, "lost", lost_reason="competitor"), outcome="lost"))
    move_deal(omid, deal.id, {"stage_id": stage("lost"), "lost_reason": "price"})
    said = receive_capture(sara, lost)
    (change,) = said["changes"]
    assert (said["verdict"], change["field"], change["kept"]) == ("merged", "lost_reason", "theirs")
    assert (change["yours"], change["theirs"]) == ("Competitor", "Price")
    assert kept(deal).lost_reason == "price"


def test_a_move_alone_that_came_too_late_is_left_to_decide(app, sara, omid) -> None:
    deal = factories.a_deal(sara)
    body = {"deal_id": deal.id, "to": "won", "from": stage("lead"), "base_version": 1}
    move_deal(omid, deal.id, {"stage_id": stage("lost")})
    said = receive_capture(sara, capture(body, "deal.move"))
    assert (said["verdict"], said["decision"]["yours"]) == ("conflict", "Won")


@pytest.mark.mission(117)
def test_a_deal_out_of_sight_forbids_the_meeting_and_keeps_its_words(app, sara, nika) -> None:
    contact, deal = factories.a_contact(sara), factories.a_deal(sara)
    meeting = capture(met(contact.id, deal=deal_in(deal, "won"), note="A CANARY said yes"))
    give_away(deal, nika)
    said = receive_capture(sara, meeting)
    assert (said["verdict"], said["can_drop"]) == ("forbidden", "deal")
    assert said["reason"]
    assert (count(Activity), kept(deal).stage_id) == (0, stage("lead"))
    row = db.session.get(Capture, meeting["capture_id"])
    assert (row.verdict, row.body) == ("forbidden", meeting["body"])
    assert receive_capture(sara, meeting) == said
    body = {name: value for name, value in meeting["body"].items() if name != "deal"}
    without = capture(body, supersedes=meeting["capture_id"])
    assert receive_capture(sara, without)["verdict"] == "applied"
    assert db.session.get(Activity, body["id"]).note == "A CANARY said yes"


def test_only_the_deal_can_be_left_out(app, sara, nika) -> None:
    theirs, deal = factories.a_contact(nika), factories.a_deal(nika)
    bodies = [met(theirs.id), met(theirs.id, deal={"id": deal.id})]
    said = [receive_capture(sara, capture(body)) for body in bodies]
    said.append(receive_capture(sara, capture({"deal_id": deal.id, "to": "won"}, "deal.move")))
    assert [(s["verdict"], s["can_drop"]) for s in said] == [("forbidden", None)] * 3


def test_what_is_hidden_and_what_never_was_are_answered_alike(app, sara, nika) -> None:
    """Else a phone could find out which records there are."""
    hidden = factories.a_deal(nika, "A CANARY")
    answers = []
    for deal_id in (hidden.id, new_id()):
        said = receive_capture(sara, capture(met(deal={"id": deal_id, "to": "won"})))
        said.pop("capture_id")
        answers.append(said)
    assert answers[0] == answers[1]
    assert "CANARY" not in str(answers)


def test_measures_and_blobs_are_kept_with_the_capture(app, sara) -> None:
    measures = {"capture_ms": 7300, "taps": 3, "keys": 0, "was_offline": True, "who_by": "recent"}
    photo = {
        "id": new_id(),
        "kind": "photo",
        "type": "image/jpeg",
        "size": 90_000,
        "sha256": "0" * 64,
    }
    one = capture(met(measures=measures, blobs=[photo]))
    assert receive_capture(sara, one)["verdict"] == "applied"
    row = db.session.get(Capture, one["capture_id"])
    assert (row.measures, row.blobs) == (measures, [photo])
    assert db.session.get(Attachment, photo["id"]).activity_id == one["body"]["id"]


@pytest.mark.parametrize("odd", ["x", 5, [], {"text": "x" * 5000}])
def test_odd_measures_refuse_no_meeting(app, sara, odd: Any) -> None:
    assert receive_capture(sara, capture(met(measures=odd)))["verdict"] == "applied"


def test_a_meeting_taken_back_offline_is_struck_out_with_its_move(app, sara) -> None:
    deal = factories.a_deal(sara)
    meeting = capture(met(deal=deal_in(deal, "won")))
    receive_capture(sara, meeting)
    back = capture({"activity_id": meeting["body"]["id"]}, "activity.withdraw")
    assert [receive_capture(sara, back)["verdict"] for _ in range(2)] == ["applied", "duplicate"]
    assert db.session.get(Activity, meeting["body"]["id"]).withdrawn_at == clock.now()
    assert kept(deal).status == "open"


def test_a_meeting_corrected_offline_stands_beside_the_wrong_one(app, sara) -> None:
    wrong = factories.an_activity(sara, note="50 seats")
    body = {"activity_id": wrong.id, "id": new_id(), "kind": "meeting", "note": "15 seats"}
    assert receive_capture(sara, capture(body, "activity.correct"))["verdict"] == "applied"
    db.session.expire_all()
    assert db.session.get(Activity, wrong.id).superseded_by_id == body["id"]


def test_a_leavers_phone_is_signed_out_and_what_he_may_not_see_any_more_is_parked(
    app, new_client, sara, omid, nika, admin
) -> None:
    """He cannot sign in; until then his phone says what it has, under his name."""
    from crm.administration.handover import hand_over

    contact, deal = factories.a_contact(sara), factories.a_deal(sara)
    phone = new_client(sara)
    meeting = capture(met(contact.id, deal=deal_in(deal, "won"), note="My last one"))
    hand_over(admin, sara.id, {"to_user_id": nika.id})
    said = send(phone, sara, meeting)[0]
    assert (said["verdict"], said["can_drop"]) == ("forbidden", None)
    assert db.session.get(Capture, meeting["capture_id"]).body["note"] == "My last one"
    alone = capture({k: v for k, v in meeting["body"].items() if k not in ("deal", "contact_id")})
    assert send(phone, sara, alone)[0]["verdict"] == "applied"
    hand_over(admin, sara.id, {"to_user_id": nika.id, "deactivate": True})
    from tests.api.phone import CAPTURES, message

    assert phone.post(CAPTURES, json=message(sara, capture(met()))).status_code == 401


def test_a_leavers_open_choices_go_to_who_has_his_records(app, sara, omid, admin) -> None:
    from crm.administration.handover import hand_over
    from crm.captures.decisions import open_decisions

    deal = factories.a_deal(sara, stage_key="lead")
    factories.a_decision(sara, deal)
    hand_over(admin, sara.id, {"to_user_id": omid.id})
    (waiting,) = open_decisions(omid)
    assert "Sara Ahmadi: Won" in waiting.words
    assert not open_decisions(sara)


def test_a_field_of_the_person_met_may_change_meanwhile(app, sara, omid) -> None:
    contact = factories.a_contact(sara)
    meeting = capture(met(contact.id))
    update_contact(omid, contact.id, {"name": "Sara N."})
    assert receive_capture(sara, meeting)["verdict"] == "applied"


@pytest.mark.parametrize("kind", ["activity.correct", "activity.withdraw", "followup.complete"])
def test_anothers_meeting_is_neither_corrected_nor_taken_back(app, sara, nika, kind: str) -> None:
    theirs = factories.an_activity(nika, note="A CANARY")
    more = {"kind": "call"} if kind == "activity.correct" else {}
    said = receive_capture(sara, capture({"activity_id": theirs.id, **more}, kind))
    assert (said["verdict"], said["can_drop"]) == ("forbidden", None)
    db.session.expire_all()
    kept_one = db.session.get_one(Activity, theirs.id)
    assert (kept_one.withdrawn_at, kept_one.superseded_by_id) == (None, None)
