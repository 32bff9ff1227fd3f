"""A phone's clock may be off by minutes, days or years: what it says is moved to ours."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from crm.activities.models import Activity
from crm.captures.models import Capture
from crm.clock import now
from crm.database import db, new_id
from tests import factories
from tests.api.phone import capture, met, send, verdicts

ROUNDS = 10
OFF = {
    "two minutes": timedelta(minutes=2),
    "a day": timedelta(days=1),
    "ten years": timedelta(days=3653),
}


def outbox(contact_id: str, hours: list[float], phones_now: Any) -> list[dict[str, Any]]:
    """Return one meeting for each of so many hours ago, as that phone's clock says it."""
    made = []
    for ago in hours:
        at = (phones_now - timedelta(hours=ago)).isoformat()
        step = {"id": new_id(), "when": "tomorrow"}
        made.append(capture(met(contact_id, next_step=step, happened_at=at), captured_at=at))
    return made


@pytest.mark.mission(117)
@pytest.mark.parametrize("sign", [1, -1], ids=["ahead", "behind"])
@pytest.mark.parametrize("off", OFF.values(), ids=OFF)
def test_a_clock_that_is_off_loses_no_meeting_no_order_and_no_day(
    new_client, sara, off: timedelta, sign: int
) -> None:
    contact, phone = factories.a_contact(sara), new_client(sara)
    for seed in range(ROUNDS):
        hours = sorted((random.Random(seed).uniform(0.2, 10) for _ in range(3)), reverse=True)
        phones_now = now() + sign * off
        batch = outbox(contact.id, hours, phones_now)
        sent = {"sent_at": phones_now.isoformat()}
        assert verdicts(send(phone, sara, *batch, **sent)) == ["applied"] * 3
        assert verdicts(send(phone, sara, *batch, **sent)) == ["duplicate"] * 3
        done = [db.session.get_one(Activity, one["body"]["id"]).done_at for one in batch]
        assert done == sorted(done)
        believed = off <= timedelta(minutes=2)
        for at, ago in zip(done, hours, strict=True):
            truth = now() - timedelta(hours=ago)
            said = truth + sign * off
            assert at == (min(said, now()) if believed else truth)
        for one, ago in zip(batch, hours, strict=True):
            assert_promised_for_the_day_after(one, now() - timedelta(hours=ago))
            kept = db.session.get_one(Capture, one["capture_id"])
            assert kept.captured_at.isoformat() == one["captured_at"], "the phone's time is kept"
            assert kept.skew_ms == -sign * int(off.total_seconds() * 1000)


def assert_promised_for_the_day_after(one: dict[str, Any], truth: Any) -> None:
    zone = timedelta(hours=3, minutes=30)
    step = db.session.get_one(Activity, one["body"]["next_step"]["id"])
    days = {(truth + slack + zone).date() for slack in (timedelta(minutes=-2), timedelta(0))}
    assert (step.due_at + zone).date() - timedelta(days=1) in days


def test_what_the_future_says_happened_now(new_client, sara) -> None:
    """Its clock was set right between the meeting and the sending."""
    contact = factories.a_contact(sara)
    body = met(contact.id, next_step={"id": new_id(), "when": "tomorrow"})
    one = capture(body, captured_at=(now() + timedelta(days=400)).isoformat())
    assert verdicts(send(new_client(sara), sara, one)) == ["applied"]
    assert db.session.get_one(Activity, body["id"]).done_at == now()
    assert_promised_for_the_day_after(one, now())
