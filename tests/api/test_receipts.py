"""What a phone says of alerts: shown, opened, acted upon, put off; and how many wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm import clock as product_clock
from crm.alerts.models import Alert
from crm.database import db, new_id
from crm.push.models import PushSubscription
from tests import factories

RECEIPTS = "/api/v1/receipts"


def fresh(alert_id: str) -> Alert:
    db.session.rollback()
    return db.session.get_one(Alert, alert_id)


def receipt(alert_id: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"alert": alert_id, "kind": kind, "at": product_clock.now().isoformat()} | more


def test_shown_and_opened_are_kept_with_the_alert_and_the_device(new_client, sara, clock) -> None:
    alert = factories.an_alert(sara, escalate_at=clock.now()).id
    device = factories.a_subscription(sara, None).id
    phone = new_client(sara)
    one = receipt(alert, "shown", subscription=device)
    assert phone.post(RECEIPTS, json={"receipts": [one]}).json == {"known": 1}
    assert fresh(alert).shown_at
    assert not fresh(alert).seen_at, "it showed itself: nobody looked"
    assert fresh(alert).escalate_at
    clock.move(minutes=1)
    phone.post(RECEIPTS, json={"receipts": [receipt(alert, "opened", subscription=device)]})
    assert fresh(alert).opened_at == clock.now()
    assert fresh(alert).escalate_at is None
    kept = db.session.get_one(PushSubscription, device)
    assert kept.last_opened_at == clock.now()
    assert kept.last_shown_at == clock.now() - timedelta(minutes=1)


def test_the_first_receipt_of_a_kind_counts(new_client, sara, clock) -> None:
    alert, phone = factories.an_alert(sara).id, new_client(sara)
    first = clock.now()
    for minutes in (0, 10):
        clock.move(minutes=minutes)
        phone.post(RECEIPTS, json={"receipts": [receipt(alert, "opened")]})
    assert fresh(alert).opened_at == first


def test_receipts_of_others_and_of_nothing_are_passed_over(new_client, sara, omid) -> None:
    his = factories.an_alert(omid).id
    said = [receipt(his, "opened"), receipt(new_id(), "shown")]
    answer = new_client(sara).post(RECEIPTS, json={"receipts": said})
    assert answer.json == {"known": 0}
    assert fresh(his).opened_at is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"receipts": "x"},
        {"receipts": ["x"]},
        {"receipts": [{"alert": "x", "kind": "shown"}]},
        {"receipts": [{"alert": new_id(), "kind": "eaten"}]},
    ],
)
def test_what_is_no_receipt_is_refused(new_client, sara, body) -> None:
    assert new_client(sara).post(RECEIPTS, json=body).status_code == 422


def test_a_hundred_receipts_are_taken_at_a_time(new_client, sara) -> None:
    alert, phone = factories.an_alert(sara).id, new_client(sara)
    many = [receipt(alert, "shown")] * 101
    assert phone.post(RECEIPTS, json={"receipts": many}).status_code == 413
    assert phone.post(RECEIPTS, json={"receipts": many[:100]}).status_code == 200


def test_the_badge_counts_what_nobody_looked_at(new_client, sara, omid, clock) -> None:
    for _n in range(3):
        factories.an_alert(sara)
    factories.an_alert(omid)
    phone, until = new_client(sara), clock.now()
    assert phone.get("/api/v1/alerts").json == {"unseen": 3}
    clock.move(minutes=1)
    later = factories.an_alert(sara).id
    assert phone.post("/api/v1/alerts/seen", json={"until": until.isoformat()}).status_code == 204
    assert phone.get("/api/v1/alerts").json == {"unseen": 1}
    assert fresh(later).seen_at is None, "it came while the others were looked at"
    assert new_client(omid).get("/api/v1/alerts").json == {"unseen": 1}


def test_the_first_word_on_what_was_done_stands(new_client, sara) -> None:
    alert, phone = factories.an_alert(sara).id, new_client(sara)
    for outcome in ("interested", "dismissed"):
        said = {"outcome": outcome}
        assert phone.post(f"/api/v1/alerts/{alert}/outcome", json=said).status_code == 204
    assert fresh(alert).outcome == "interested"
    wrong = phone.post(f"/api/v1/alerts/{alert}/outcome", json={"outcome": "taken_back"})
    assert wrong.status_code == 422, "that word is the app's own"


def test_an_alert_put_off_is_decided_anew_in_an_hour(new_client, sara, clock) -> None:
    alert = factories.an_alert(sara, expires_at=clock.now() + timedelta(minutes=5)).id
    answer = new_client(sara).post(f"/api/v1/alerts/{alert}/snooze", json={})
    again = clock.now() + timedelta(hours=1)
    assert answer.json == {"again_at": again.isoformat()}
    assert fresh(alert).decide_at == again
    assert fresh(alert).expires_at > again, "it would have run out before"


def test_nobody_elses_alert_is_there(new_client, sara, omid) -> None:
    his, phone = factories.an_alert(omid).id, new_client(sara)
    assert phone.post(f"/api/v1/alerts/{his}/snooze", json={}).status_code == 404
    said = {"outcome": "done"}
    assert phone.post(f"/api/v1/alerts/{his}/outcome", json=said).status_code == 404
    assert fresh(his).outcome is None
