"""Reads of the website: its settings, its last days, and what a lead looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from crm import clock
from crm.database import db
from crm.leads.models import Lead, Touch
from crm.leads.scoring import Sign
from crm.tracking.beacons import SIGNALS, Rules
from crm.tracking.models import ONLY, Visitor, Website
from crm.tracking.visits import count_pages, visits_in
from crm.users.ownership import get
from crm.users.viewer import Viewer, require_admin

MOST_VISITS, MOST_READ = 10, 200
WEEK = timedelta(days=7)


def rules_of(website: Website) -> Rules:
    """Return what every beacon is judged by."""
    pages = tuple((str(page["path"]), str(page["name"])) for page in website.key_pages)
    return Rules(website.site_key, tuple(website.hosts), pages, tuple(website.endings))


def find_rules() -> Rules:
    """Return the rules in force; public, a beacon has no viewer."""
    return rules_of(db.session.get_one(Website, ONLY))


def get_website(viewer: Viewer) -> Website:
    """Return the settings; admins alone."""
    require_admin(viewer)
    return db.session.get_one(Website, ONLY)


@dataclass(frozen=True)
class Week:
    """The last seven days on the website."""

    visitors: int
    identified: int
    pages: int


def last_week(viewer: Viewer) -> Week:
    """Return how much went on; admins alone."""
    website = get_website(viewer)
    since = clock.now() - WEEK
    recent = select(func.count()).select_from(Visitor).where(Visitor.last_seen_at > since)
    anonymous = db.session.scalar(recent.where(Visitor.lead_id.is_(None))) or 0
    identified = db.session.scalar(recent.where(Visitor.lead_id.is_not(None))) or 0
    oldest = since.date().isoformat()
    pages = sum(count for day, count in website.views.items() if day > oldest)
    return Week(anonymous + identified, identified, pages)


@dataclass(frozen=True)
class Visit:
    """What a lead looked at in one go; the newest page first."""

    at: datetime
    pages: int
    signs: tuple[Sign, ...]


def visits_of(viewer: Viewer, lead_id: str) -> Sequence[Visit]:
    """Return the lead's last visits to the website, the newest first. Raises NotFound."""
    get(viewer, Lead, lead_id)
    rows = db.session.execute(
        select(Touch.signal, Touch.at, Touch.detail)
        .where(Touch.lead_id == lead_id, Touch.signal.in_(SIGNALS), Touch.activity_id.is_(None))
        .order_by(Touch.at.desc())
        .limit(MOST_READ)
    )
    visits = visits_in(Sign(row.signal, row.at, row.detail) for row in rows)
    return [
        Visit(visit[-1].at, count_pages(visit), tuple(reversed(visit)))
        for visit in reversed(visits[-MOST_VISITS:])
    ]
