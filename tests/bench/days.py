"""Everybody's anniversaries, birthdays and ends of contracts among 100,000 contacts."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text

from crm.accounts.anniversaries import begun_on, due_days
from crm.accounts.models import Account, Contact
from crm.database import db, new_id
from crm.i18n import Locale
from crm.users.viewer import system_viewer
from tests.bench.figures import Figures
from tests.bench.places import Place

CONTACTS, AT_ONCE, MOST_MS = 100_000, 5_000, 200.0


def measure(figures: Figures, place: Place, engine: str, times: int) -> None:
    """Print how long the worker's question takes: the first of a day, and the median of more."""
    with place.app().app_context():
        actor = system_viewer(Locale("fa", "jalali", "Asia/Tehran"))
        _pour()
        laps, today = [], datetime.now(UTC).date()
        for number in range(max(5, times)):
            # Each lap asks for another day, and reckons it anew.
            begun_on.cache_clear()
            start = time.perf_counter()
            found = due_days(actor, today + timedelta(days=number))
            db.session.rollback()
            laps.append((time.perf_counter() - start) * 1000)
        assert found, "somebody has his day"
        figures.add(f"days.{engine}.first", laps[0], unit="ms", most=MOST_MS)
        median = sorted(laps)[len(laps) // 2]
        figures.add(f"days.{engine}.median", median, unit="ms", most=MOST_MS)
        db.session.remove()
        db.engine.dispose()


def _pour() -> None:
    """Add contacts until there are enough, and give everybody his days."""
    owners = db.session.execute(select(Contact.owner_id, Contact.team_id).distinct()).all()
    here = db.session.scalar(select(func.count(Contact.id))) or 0
    rows = _rows(CONTACTS - here, owners)
    while some := [row for row, _no in zip(rows, range(AT_ONCE), strict=False)]:
        db.session.execute(insert(Contact), some)
        db.session.commit()
    today = datetime.now(UTC).date()
    accounts = db.session.scalars(select(Account)).all()
    for number, account in enumerate(accounts):
        account.contract_ends_on = today + timedelta(days=number % 365)
    db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()


def _rows(many: int, owners: Any) -> Iterator[dict[str, Any]]:
    dice, now = random.Random(7), datetime.now(UTC)
    for number in range(many):
        owner_id, team_id = owners[number % len(owners)]
        yield {
            "id": new_id(),
            "owner_id": owner_id,
            "team_id": team_id,
            "name": f"Person {number}",
            "name_folded": f"person {number}",
            "language": dice.choice(["fa", "fa", "en", None]),
            "phones": [],
            "emails": [],
            "birthday": now.date() - timedelta(days=dice.randint(18 * 365, 70 * 365)),
            "customer_since": now.date() - timedelta(days=dice.randint(1, 20 * 365)),
            "created_at": now,
            "updated_at": now,
        }
