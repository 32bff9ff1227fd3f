"""What 100,000 leads cost: their lists, and scoring all of them anew by a changed rule."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from crm.database import db, new_id
from crm.i18n import Locale
from crm.leads.models import Lead, Touch
from crm.leads.score_book import change_bands
from crm.leads.touches import settle_due
from crm.users.viewer import Viewer, system_viewer
from crm.worker import BATCH
from tests.bench.figures import Figures
from tests.bench.phones import PARTIAL, Lap, Phone, in_turn
from tests.bench.places import Place
from tests.bench.processes import running

LEADS, AT_ONCE = 100_000, 5_000
LIST_MS, ALL_SECONDS, HELD_MS = 50.0, 60.0, 250.0
LISTS = {
    "all": "/people?tab=leads",
    "hot": "/people?tab=leads&heat=hot",
    "cold": "/people?tab=leads&heat=cold",
}
SIGNALS = ("form", "page", "page", "key_page", "download", "call", "no_answer", "meeting")


def measure(figures: Figures, place: Place, engine: str, times: int) -> None:
    """Print the p95 of the lists by person, and how long scoring all of them takes."""
    with place.app().app_context():
        actor = system_viewer(Locale())
        _pour()
        _score(figures, actor, engine)
        db.session.remove()
        db.engine.dispose()
    with running(**place.served()) as server:
        for who in ("rep", "manager", "admin"):
            phone = Phone(server, place.cookies[who])
            for name, path in LISTS.items():
                lap = Lap(phone, path, headers=PARTIAL)
                in_turn([lap], times, warm=5)
                label = f"leads.{engine}.{who}.{name}.p95"
                figures.add(label, lap.quantile(0.95), unit="ms", most=LIST_MS)


def _pour() -> None:
    """Add leads with their touches until there are enough, for those who have some already."""
    owners = db.session.execute(select(Lead.owner_id, Lead.team_id).distinct()).all()
    here = db.session.scalar(select(func.count(Lead.id))) or 0
    rows = _rows(LEADS - here, owners)
    while some := [row for row, _no in zip(rows, range(AT_ONCE), strict=False)]:
        db.session.execute(insert(Lead.__table__), [lead for lead, _touches in some])  # type: ignore[arg-type]
        touches = [touch for _lead, theirs in some for touch in theirs]
        db.session.execute(insert(Touch.__table__), touches)  # type: ignore[arg-type]
        db.session.commit()


def _rows(many: int, owners: Any) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    dice, now = random.Random(7), datetime.now(UTC)
    for number in range(many):
        owner_id, team_id = owners[number % len(owners)]
        came = now - timedelta(minutes=dice.randint(1, 500_000))
        lead = {
            "id": new_id(),
            "owner_id": owner_id,
            "team_id": team_id,
            "name": f"Lead {number}",
            "name_folded": f"lead {number}",
            "job_title": dice.choice(["Purchasing manager", "مدیر خرید", "Clerk", None]),
            "phones": [],
            "emails": [],
            "created_at": came,
            "updated_at": came,
        }
        acted = [dice.choice(SIGNALS) for _ in range(dice.randint(0, 6))]
        touches = [
            {
                "id": new_id(),
                "lead_id": lead["id"],
                "signal": signal,
                "at": now - timedelta(hours=dice.randint(0, 24 * 60)),
                "detail": "/pricing",
            }
            for signal in acted
        ]
        yield lead, touches


def _score(figures: Figures, actor: Viewer, engine: str) -> None:
    change_bands(actor, {"warm_from": 35, "hot_from": 65})
    held: list[float] = []
    while True:
        start = time.perf_counter()
        if not settle_due(actor, BATCH):
            break
        held.append(time.perf_counter() - start)
    figures.add(f"leads.{engine}.scored_anew", sum(held), unit="s", most=ALL_SECONDS)
    figures.add(f"leads.{engine}.held.longest", max(held) * 1000, unit="ms", most=HELD_MS)
