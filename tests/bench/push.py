"""What 10,000 alerts cost until they could leave: decided, claimed, worded and encrypted."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from crm.alerts.deciding import decide_alerts
from crm.alerts.kinds import AlertKind
from crm.alerts.models import Alert, AlertSettings, Delivery
from crm.alerts.sending import claim_deliveries
from crm.database import db, new_id
from crm.i18n import Locale
from crm.push.models import PushSubscription
from crm.push.queries import vapid_keys
from crm.push.sender import encrypt
from crm.users.models import User, UserSession
from crm.users.viewer import system_viewer
from crm.worker.pushes import messages_of
from tests.bench.figures import Figures
from tests.bench.places import Place
from tests.push.service import Phone

ALERTS, SECONDS = 10_000, 20.0
AT_ONCE, CLAIMED = 100, 40
DATA = {"name": "نیما کریمی", "line": "صفحهٔ قیمت را سه بار دید · پیش‌فاکتور خواست"}


def measure(figures: Figures, place: Place, engine: str) -> None:
    """Print how long one worker takes for all of them, everything but the line."""
    with place.app().app_context():
        actor = system_viewer(Locale("fa", "jalali", "Asia/Tehran"))
        _pour()
        keys, sent = vapid_keys(), 0
        start = time.perf_counter()
        while decide_alerts(actor, AT_ONCE):
            pass
        decided = time.perf_counter() - start
        while claimed := claim_deliveries(actor, "push", CLAIMED):
            for _one, message in messages_of(claimed):
                assert message is not None
                encrypt(message.device, message.payload, keys)
                sent += 1
        seconds = time.perf_counter() - start
        assert sent == ALERTS, sent
        figures.add(f"push.{engine}.decided", decided, unit="s")
        figures.add(f"push.{engine}.decided_and_encrypted", seconds, unit="s", most=SECONDS)
        for table in (Delivery, Alert, PushSubscription, AlertSettings):
            db.session.execute(table.__table__.delete())  # type: ignore[attr-defined]
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def _pour() -> None:
    """Give everybody a phone that may ring at any hour, and all of them together the alerts."""
    now = datetime.now(UTC)
    people = list(db.session.scalars(select(User.id).where(User.is_active).order_by(User.id)))
    for user_id in people:
        phone, session = Phone(f"https://fcm.googleapis.com/fcm/send/{user_id}"), new_id()
        kept = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(days=1)}
        _add(UserSession, id=session, user_id=user_id, token_hash=session, device="", **kept)
        _add(
            PushSubscription,
            id=new_id(), user_id=user_id, session_id=session, endpoint=phone.endpoint,
            p256dh=phone.p256dh, auth=phone.auth, name="", shows_names=True, created_at=now,
        )  # fmt: skip
        _add(AlertSettings, user_id=user_id, channels={}, quiet_from=0, quiet_until=0)
    rows = [_alert(people[number % len(people)], number, now) for number in range(ALERTS)]
    db.session.execute(insert(Alert), rows)
    db.session.commit()


def _add(model: Any, **values: Any) -> None:
    db.session.execute(insert(model).values(**values))


def _alert(user_id: str, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "user_id": user_id, "kind": AlertKind.HOT_LEAD.value, "at": now,
        "cause": str(number), "tag": str(number), "url": f"/leads/{number}", "data": DATA,
        "count": 1, "expires_at": now + timedelta(hours=4), "decide_at": now,
        "awaits_digest": False,
    }  # fmt: skip
