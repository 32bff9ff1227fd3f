"""The ledger: one answer a capture id, whatever is sent how often."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from crm import clock, errors
from crm.accounts.models import Contact
from crm.activities.models import Activity
from crm.captures.commands import (
    NO_SKEW,
    FingerprintMismatch,
    answer_capture,
    apply_capture,
    fingerprint,
    receive_capture,
)
from crm.captures.models import Capture
from crm.database import db, new_id
from crm.deals.commands import move_deal
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.timeline.models import TimelineEntry
from tests import factories
from tests.api.phone import capture, met


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_fingerprint_does_not_mind_the_order_of_names() -> None:
    assert fingerprint("a", 1, {"x": 1, "y": 2}) == fingerprint("a", 1, {"y": 2, "x": 1})
    others = [("b", 1, {"x": 1}), ("a", 2, {"x": 1}), ("a", 1, {"x": 2}), ("a", 1, {"x": "1"})]
    assert len({fingerprint(*other) for other in [("a", 1, {"x": 1}), *others]}) == 5


@pytest.mark.mission(117)
def test_a_refusal_takes_back_everything_it_had_done(app, sara) -> None:
    deal = factories.a_deal(sara)
    before = count(TimelineEntry)
    person = {"id": new_id(), "name": "Nima"}
    said = receive_capture(
        sara,
        capture(
            met(
                new_contact=person,
                deal={"id": deal.id, "to_stage_id": factories.stage("won").id},
                next_step={"kind": "call", "due_at": clock.now().isoformat(), "id": new_id()},
                planned_id=None,
                account_id=new_id(),
            )
        ),
    )
    assert (said["verdict"], said["can_drop"]) == ("forbidden", None)
    assert list(said["errors"]) == ["account_id"]
    assert db.session.get(Contact, person["id"]) is None
    assert db.session.get(Deal, deal.id).status == "open"
    assert (count(Activity), count(TimelineEntry)) == (0, before)


def test_a_stage_that_someone_else_changed_is_left_to_decide_and_the_meeting_is_kept(
    app, sara, omid
) -> None:
    deal = factories.a_deal(sara)
    seen = deal.version
    move_deal(omid, deal.id, {"stage_id": factories.stage("lost").id})
    won = {"id": deal.id, "to_stage_id": factories.stage("won").id, "base_version": seen}
    said = receive_capture(sara, capture(met(deal=won)))
    assert said["verdict"] == "conflict"
    assert said["decision"]["words"] == "Omid Karimi: Lost (Other) 07:15 · you: Won 07:15"
    assert db.session.get(Deal, deal.id).status == "lost"
    assert count(Activity) == 1


def test_a_refused_one_sent_again_is_answered_alike_even_when_it_would_go_well_now(
    app, sara
) -> None:
    person = new_id()
    meeting = capture(met(person))
    first = receive_capture(sara, meeting)
    receive_capture(sara, capture({"id": person, "name": "Nima"}, "contact.create"))
    assert receive_capture(sara, meeting) == first
    fixed = capture(meeting["body"], supersedes=meeting["capture_id"])
    assert receive_capture(sara, fixed)["verdict"] == "applied"
    kept = db.session.get(Capture, fixed["capture_id"])
    assert kept.supersedes_id == meeting["capture_id"]


def test_other_content_under_one_id_is_refused_also_after_a_refusal(app, sara) -> None:
    refused = capture({"kind": "dance"})
    receive_capture(sara, refused)
    with pytest.raises(FingerprintMismatch):
        receive_capture(sara, refused | {"body": met()})


def test_one_activity_id_under_two_capture_ids_is_one_activity(app, sara) -> None:
    body = met(factories.a_contact(sara).id, note="Once")
    first, second = (receive_capture(sara, capture(body)) for _ in range(2))
    assert first["verdict"] == second["verdict"] == "applied"
    assert first["result"] == second["result"]
    assert count(Activity) == 1


def test_one_activity_id_with_two_meetings_keeps_the_first_and_refuses_the_second(
    app, sara
) -> None:
    contact = factories.a_contact(sara)
    body = met(contact.id, note="The first")
    receive_capture(sara, capture(body))
    said = receive_capture(sara, capture(body | {"note": "Another meeting"}))
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["id"])
    assert db.session.scalars(select(Activity.note)).all() == ["The first"]


def test_anothers_record_id_is_refused_and_says_nothing_of_the_record(app, sara, nika) -> None:
    secret = factories.a_contact(nika).id
    theirs = factories.an_activity(nika, "meeting", outcome="interested", contact_id=secret).id
    said = receive_capture(sara, capture(met(id=theirs)))
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["id"])
    assert secret not in str(said)


@pytest.mark.parametrize("kind", ["contact.create", "account.create", "lead.capture"])
def test_a_record_is_not_born_with_the_id_of_another_kind(app, sara, nika, kind: str) -> None:
    """Else its tags and its line in search would overwrite the other's."""
    theirs = factories.a_deal(nika, archived_at=clock.now())
    said = receive_capture(sara, capture({"id": theirs.id, "name": "X", "tags": "mine"}, kind))
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["id"])


def test_one_id_for_two_records_of_one_meeting_is_refused(app, sara) -> None:
    one = new_id()
    step = {"id": one, "kind": "call", "due_at": clock.now().isoformat()}
    said = receive_capture(sara, capture(met(id=one, next_step=step)))
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["id"])


def test_an_unknown_kind_is_kept_in_quarantine(app, sara) -> None:
    said = receive_capture(sara, capture({"x": [1, {"y": None}]}, "ticket.open"))
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["kind"])
    assert db.session.get(Capture, said["capture_id"]).body == {"x": [1, {"y": None}]}


def test_every_kind_is_applied_once(app, sara) -> None:
    deal, promise = factories.a_deal(sara), factories.an_activity(sara, due_at=clock.now())
    bodies = {
        "activity.log": met(),
        "activity.plan": {"id": new_id(), "kind": "call", "due_at": clock.now().isoformat()},
        "followup.complete": {"activity_id": promise.id, "note": "Done"},
        "deal.move": {"deal_id": deal.id, "stage_id": factories.stage("proposal").id},
        "deal.create": {"id": new_id(), "name": "10 seats", "amount": 5},
        "lead.capture": {"id": new_id(), "name": "Yas", "phones": ["09121234567"]},
        "contact.create": {"id": new_id(), "name": "Nima"},
        "account.create": {"id": new_id(), "name": "Alborz"},
    }
    for kind, body in bodies.items():
        one = capture(body, kind)
        first, again = receive_capture(sara, one), receive_capture(sara, one)
        assert (first["verdict"], again["verdict"]) == ("applied", "duplicate"), kind
        assert first["result"] == again["result"], kind
    assert db.session.get(Activity, promise.id).done_at == clock.now()
    assert count(Lead) == 1


def test_the_web_and_the_phone_share_the_ledger(app, sara) -> None:
    meeting = capture(met(factories.a_contact(sara).id))
    loaded = meeting | {"captured_at": clock.now()}
    first = apply_capture(sara, loaded, None, NO_SKEW)
    assert answer_capture(sara, loaded)["result"] == first["result"]
    assert count(Activity) == 1


def test_a_form_with_the_id_of_a_refused_capture_gets_its_reasons(app, sara) -> None:
    refused = capture({"kind": "dance"}) | {"captured_at": clock.now()}
    reasons = answer_capture(sara, refused)["errors"]
    with pytest.raises(errors.ValidationError) as said:
        apply_capture(sara, refused, None, NO_SKEW)
    assert said.value.fields == reasons


def test_what_the_payload_says_is_not_changed_by_applying_it(app, sara) -> None:
    body = met(factories.a_contact(sara).id, new_contact=None, deal=None)
    before = repr(body)
    receive_capture(sara, capture(body))
    assert repr(body) == before


@pytest.mark.parametrize(
    "broken",
    [
        {"capture_id": "7"},
        {"capture_id": None},
        {"v": "one"},
        {"v": 0},
        {"captured_at": "yesterday"},
        {"captured_at": "2026-11-24T10:00:00"},
        {"body": None},
        {"body": []},
        {"owner_id": "x"},
    ],
)
def test_a_broken_envelope_writes_nothing(app, sara, broken: dict[str, Any]) -> None:
    with pytest.raises(errors.ValidationError):
        receive_capture(sara, capture(met()) | broken)
    assert count(Capture) == 0


def test_what_was_sent_again_with_other_words_is_not_saved_when_the_first_arrives_late(
    app, sara
) -> None:
    contact = factories.a_contact(sara)
    first = capture(met(contact.id, note="First"))
    second = capture(met(contact.id, note="Better"), supersedes=first["capture_id"])
    assert receive_capture(sara, second)["verdict"] == "applied"
    with pytest.raises(FingerprintMismatch):
        receive_capture(sara, first)
    assert list(db.session.scalars(select(Activity.note))) == ["Better"]


def test_what_was_saved_after_all_is_not_saved_once_more_under_its_second_name(app, sara) -> None:
    contact = factories.a_contact(sara)
    first = capture(met(contact.id, note="First"))
    assert receive_capture(sara, first)["verdict"] == "applied"
    second = capture(met(contact.id, note="Again"), supersedes=first["capture_id"])
    said = receive_capture(sara, second)
    assert (said["verdict"], list(said["errors"])) == ("rejected", ["supersedes"])
    assert list(db.session.scalars(select(Activity.note))) == ["First"]
