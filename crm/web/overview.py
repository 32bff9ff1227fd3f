"""What the pages of an account, a contact and a lead show alike: the 360 of a customer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from crm import clock
from crm.activities.queries import next_step_of
from crm.deals.history import Record, deals_of, sales_record
from crm.deals.models import Stage
from crm.deals.stages import Track, get_pipeline, stage_labels, track_of
from crm.i18n import _, current_locale, format_phone, formatting, ngettext
from crm.i18n.jalali import add_years
from crm.users.viewer import Viewer
from crm.web.deals.cards import lost_label, step_of
from crm.web.record_choices import label_of

_MAP = "https://www.openstreetmap.org/search?query="
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Way:
    """One way to reach somebody: a row with its link; a phone can be messaged as well."""

    icon: str
    text: str
    href: str
    label: str = ""
    message_href: str = ""
    is_ltr: bool = False


def ways_of(record: Any) -> list[Way]:
    """Return the phones, addresses, site and map of a record."""
    ways = [*map(_phone, record.phones), *map(_mail, record.emails)]
    if record.website:
        shown = _HTTP.sub("", record.website).rstrip("/")
        ways.append(Way("link", shown, web_address(record.website), _("Website"), is_ltr=True))
    if record.address:
        place = _(", ").join(p for p in (record.address, record.city, record.country) if p)
        ways.append(Way("map", place, f"{_MAP}{quote(place)}", _("Address")))
    return ways


def _phone(entry: dict[str, Any]) -> Way:
    number, label = entry["value"], label_of(entry.get("label") or "") or _("Phone")
    shown = format_phone(number, current_locale().region)
    return Way("phone", shown, f"tel:{number}", label, f"sms:{number}", is_ltr=True)


def _mail(entry: dict[str, Any]) -> Way:
    label = label_of(entry.get("label") or "") or _("E-mail")
    # Quoted, so that an address with a question mark in it cannot add headers of its own.
    return Way(
        "mail", entry["value"], f"mailto:{quote(entry['value'], safe='@+')}", label, is_ltr=True
    )


def web_address(text: str) -> str:
    """Return a site's address as a link, or nothing: only http and https are ever links."""
    if _HTTP.match(text):
        return text
    return "" if _SCHEME.match(text) or "." not in text or " " in text else f"https://{text}"


@dataclass(frozen=True)
class Completeness:
    """How much of the picture is there, and what is missing: (label, the form's field)."""

    known: int
    total: int
    missing: list[tuple[str, str]]


def completeness(record: Any, wanted: Sequence[tuple[str, str, str]]) -> Completeness:
    """Return what of `wanted` (attribute, label, form field) the record has."""
    missing = [(label, anchor) for name, label, anchor in wanted if not getattr(record, name)]
    return Completeness(len(wanted) - len(missing), len(wanted), missing)


def years_since(start: date, today: date) -> int:
    """Return the full years from `start` to today, in the reader's calendar."""
    calendar = current_locale().calendar
    years = max(0, today.year - start.year + 1)
    while years and add_years(start, years, calendar) > today:
        years -= 1
    return years


def age_of(birthday: date | None, today: date) -> str:
    """Return an age in words, or nothing."""
    if birthday is None or birthday > today:
        return ""
    return ngettext("%(num)s year old", "%(num)s years old", years_since(birthday, today))


def length_since(start: date | None, today: date) -> str:
    """Return how long something has lasted: in years, before that in months or days."""
    if start is None or start > today:
        return ""
    years, days = years_since(start, today), (today - start).days
    if years:
        return ngettext("%(num)s year", "%(num)s years", years)
    if days >= 60:
        return ngettext("%(num)s month", "%(num)s months", days // 30)
    return formatting.days(days)


@dataclass(frozen=True)
class DealLine:
    """A deal as a row of a customer's page."""

    id: str
    name: str
    amount: int | None
    currency: str
    status: str
    label: str
    since: str


@dataclass
class Sales:
    """What was bought, what is open, and where the furthest open deal stands in the funnel."""

    record: Record
    deals: list[DealLine]
    track: Track | None = None
    stage: Stage | None = None
    stage_since: str = ""
    last_won: str = ""
    count: int = field(default=0)


def sales_of(viewer: Viewer, **record_id: Any) -> Sales:
    """Return the sales part of the page of an account or contact."""
    now = clock.now()
    rows = deals_of(viewer, **record_id)
    labels = stage_labels() if rows else {}
    record = sales_record(viewer, **record_id)
    sales = Sales(
        record, [_line(row, labels, now) for row in rows], count=sum(record.counts.values())
    )
    if record.last_won_at:
        sales.last_won = formatting.date(
            formatting.local(record.last_won_at).date(),
            today=formatting.local(now).date(),
            weekday=False,
        )
    if rows and rows[0].status == "open":
        sales.track = track_of(get_pipeline(rows[0].pipeline_id))
        sales.stage = sales.track.at(rows[0].stage_id)
        sales.stage_since = formatting.days((now - rows[0].stage_entered_at).days)
    return sales


def _line(row: Any, labels: dict[str, str], now: datetime) -> DealLine:
    label = labels.get(row.stage_id, "")
    if row.status == "lost" and row.lost_reason:
        label = _("Lost: %(why)s", why=lost_label(row.lost_reason))
    since = formatting.ago(row.closed_at or row.stage_entered_at, now)
    return DealLine(row.id, row.name, row.amount, row.currency, row.status, label, since)


def next_step(viewer: Viewer, column: str, record_id: str) -> Any:
    """Return the earliest planned activity of a visible record, or None."""
    return step_of(next_step_of(viewer, column, record_id), clock.now())


def today() -> date:
    """Return the reader's day."""
    return formatting.local(clock.now()).date()
