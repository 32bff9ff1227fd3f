"""POST /api/v1/captures: in order, each exactly once, each named in the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from crm import clock, errors
from crm.activities.models import Activity
from crm.api import captures as view
from crm.captures.models import Capture
from crm.database import db, new_id
from crm.deals.models import Deal
from tests import factories
from tests.api.phone import CAPTURES, capture, message, met, send, verdicts


def activities() -> int:
    return db.session.scalar(select(func.count()).select_from(Activity)) or 0


@pytest.mark.mission(116, 117)
def test_a_meeting_is_applied_and_a_resend_is_answered_with_the_same_result(
    new_client, sara
) -> None:
    contact = factories.a_contact(sara)
    phone, meeting = new_client(sara), capture(met(contact.id, note="Met, wants 50 seats"))
    first = send(phone, sara, meeting)[0]
    again = send(phone, sara, meeting)[0]
    assert first["capture_id"] == again["capture_id"] == meeting["capture_id"]
    assert (first["verdict"], again["verdict"]) == ("applied", "duplicate")
    assert first["result"] == again["result"]
    assert first["result"]["activity_id"] == meeting["body"]["id"]
    assert activities() == 1


@pytest.mark.mission(2, 117)
def test_one_day_offline_comes_in_as_one_batch_in_order(new_client, sara) -> None:
    deal = factories.a_deal(sara)
    stage = {key: factories.stage(key).id for key in ("lead", "qualified", "proposal")}
    person, lead = new_id(), new_id()
    moves = [
        {"id": deal.id, "from_stage_id": stage["lead"], "to_stage_id": stage["qualified"]},
        {"id": deal.id, "from_stage_id": stage["qualified"], "to_stage_id": stage["proposal"]},
    ]
    seen = {"base_version": deal.version}
    results = send(
        new_client(sara),
        sara,
        capture({"id": person, "name": "Nima"}, "contact.create"),
        capture(met(person, deal=moves[0] | seen)),
        capture({"id": lead, "name": "Yas Foods"}, "lead.capture"),
        capture({"id": new_id(), "kind": "call", "lead_id": lead}),
        capture(met(person, deal=moves[1] | seen)),
    )
    assert verdicts(results) == ["applied"] * 5
    assert db.session.get(Deal, deal.id).stage_id == stage["proposal"]


def test_what_is_refused_is_named_with_reasons_and_the_queue_goes_on(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    bad, good = capture({"kind": "dance"}), capture(met(contact.id))
    results = send(new_client(sara), sara, bad, good)
    assert verdicts(results) == ["rejected", "applied"]
    assert results[0]["errors"] == {"kind": ["Choose one of those offered."]}
    kept = db.session.get(Capture, bad["capture_id"])
    assert (kept.verdict, kept.body) == ("rejected", bad["body"])


def test_anothers_captures_stay_on_the_phone(new_client, sara, omid) -> None:
    contact = factories.a_contact(sara)
    answer = new_client(omid).post(CAPTURES, json=message(sara, capture(met(contact.id))))
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "wrong_user")
    assert activities() == 0


def test_without_a_session_nothing_is_read(new_client, sara) -> None:
    answer = new_client().post(CAPTURES, json=message(sara, capture(met())))
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "no_session")


def test_another_site_is_refused(new_client, sara) -> None:
    for site in ("cross-site", "same-site"):
        answer = new_client(sara).post(
            CAPTURES,
            json=message(sara, capture(met())),
            headers={"Sec-Fetch-Site": site},
        )
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/x+json", ""]
)
def test_only_json_is_read(new_client, sara, kind: str) -> None:
    answer = new_client(sara).post(CAPTURES, data="{}", content_type=kind)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ("[]", 400), ("null", 400), ("", 400), ('{"captures": []}', 422)],
)
def test_what_is_no_message_is_refused_whole(new_client, sara, body: str, status: int) -> None:
    answer = new_client(sara).post(CAPTURES, data=body, content_type="application/json")
    assert answer.status_code == status


def test_at_most_twenty_come_at_a_time(new_client, sara) -> None:
    many = [capture({"name": f"Lead {n}"}, "lead.capture") for n in range(21)]
    phone = new_client(sara)
    assert phone.post(CAPTURES, json=message(sara, *many)).status_code == 413
    assert verdicts(send(phone, sara, *many[:20])) == ["applied"] * 20


def test_a_message_over_256_kb_is_too_big(new_client, sara) -> None:
    big = capture(met(note="x" * 256 * 1024))
    answer = new_client(sara).post(CAPTURES, json=message(sara, big))
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_big")


def test_a_broken_envelope_is_named_and_nothing_of_the_batch_is_applied(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    broken = capture(met(contact.id))
    del broken["kind"]
    batch = message(sara, capture(met(contact.id)), broken)
    answer = new_client(sara).post(CAPTURES, json=batch)
    assert answer.status_code == 422
    assert list(answer.json["error"]["fields"]) == ["captures.1.kind"]
    assert activities() == 0


def test_one_id_with_other_content_is_422_and_changes_nothing(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    phone, first = new_client(sara), capture(met(contact.id))
    send(phone, sara, first)
    other = first | {"body": met(contact.id, note="Something else")}
    answer = phone.post(CAPTURES, json=message(sara, other))
    assert answer.status_code == 422
    assert list(answer.json["error"]["fields"]) == ["capture_id"]
    assert activities() == 1


def test_one_id_of_two_people_is_422(new_client, sara, omid) -> None:
    contact = factories.a_contact(sara)
    meeting = capture(met(contact.id))
    send(new_client(sara), sara, meeting)
    answer = new_client(omid).post(CAPTURES, json=message(omid, meeting))
    assert answer.status_code == 422


def test_a_newer_app_is_told_to_keep_what_it_has(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    newer = capture(met(contact.id), v=2)
    answer = new_client(sara).post(CAPTURES, json=message(sara, newer))
    assert (answer.status_code, answer.json["error"]["code"]) == (426, "newer_than_server")
    assert db.session.get(Capture, newer["capture_id"]) is None


def test_a_batch_stops_at_the_first_that_cannot_be_answered_now(
    new_client, sara, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = factories.a_contact(sara)
    batch = [capture(met(contact.id)) for _ in range(3)]
    real, busy = view.answer_capture, {batch[1]["capture_id"]}

    def now_and_then(actor: Any, data: dict[str, Any], **more: Any) -> Any:
        if data["capture_id"] in busy:
            raise errors.Busy
        return real(actor, data, **more)

    monkeypatch.setattr(view, "answer_capture", now_and_then)
    monkeypatch.setattr(view, "answer_together", lambda *_args, **_more: None)
    phone = new_client(sara)
    results = send(phone, sara, *batch)
    assert [r["capture_id"] for r in results] == [c["capture_id"] for c in batch[:2]]
    assert (verdicts(results), results[1]["after"]) == (["applied", "retry"], 2)
    answer = phone.post(CAPTURES, json=message(sara, *batch[1:]))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    busy.clear()
    assert verdicts(send(phone, sara, *batch)) == ["duplicate", "applied", "applied"]


@pytest.mark.parametrize("off", [timedelta(days=-3653), timedelta(days=-1), timedelta(days=1)])
def test_a_phone_whose_clock_is_off_has_its_times_moved_and_both_kept(
    new_client, sara, off: timedelta
) -> None:
    contact = factories.a_contact(sara)
    phones_now = clock.now() + off
    met_at = phones_now - timedelta(hours=2)
    meeting = capture(met(contact.id), captured_at=met_at.isoformat())
    send(new_client(sara), sara, meeting, sent_at=phones_now.isoformat())
    kept = db.session.get(Capture, meeting["capture_id"])
    assert kept.captured_at == met_at
    assert kept.skew_ms == -int(off.total_seconds() * 1000)
    activity = db.session.get(Activity, meeting["body"]["id"])
    assert activity.done_at == clock.now() - timedelta(hours=2)


def test_a_clock_that_is_a_minute_off_is_believed(new_client, sara) -> None:
    contact = factories.a_contact(sara)
    met_at = clock.now() - timedelta(hours=1)
    meeting = capture(met(contact.id, happened_at=met_at.isoformat()))
    phones_now = clock.now() - timedelta(minutes=1)
    send(new_client(sara), sara, meeting, sent_at=phones_now.isoformat())
    assert db.session.get(Activity, meeting["body"]["id"]).done_at == met_at


def test_a_promise_kept_offline_is_done_when_it_was_kept(new_client, sara) -> None:
    promise = factories.an_activity(sara, "call", due_at=clock.now())
    kept_at = clock.now() - timedelta(hours=3)
    done = capture(
        {"activity_id": promise.id}, "followup.complete", captured_at=kept_at.isoformat()
    )
    assert verdicts(send(new_client(sara), sara, done)) == ["applied"]
    assert db.session.get(Activity, promise.id).done_at == kept_at


def test_a_tick_is_taken_back_by_a_capture_of_its_own(new_client, sara) -> None:
    promise = factories.an_activity(sara, "call", due_at=clock.now())
    done = capture({"activity_id": promise.id}, "followup.complete")
    undone = capture({"activity_id": promise.id, "done": False}, "followup.complete")
    assert verdicts(send(new_client(sara), sara, done, undone)) == ["applied", "applied"]
    assert db.session.get(Activity, promise.id).done_at is None
    odd = capture({"activity_id": promise.id, "done": "perhaps"}, "followup.complete")
    assert verdicts(send(new_client(sara), sara, odd)) == ["rejected"]
