"""One thing for one person, in his own language, on its way to his inbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm import clock
from crm.alerts.kinds import KINDS, AlertKind
from crm.alerts.telling import tell
from crm.i18n import use_locale
from crm.users.crew import Reached
from crm.users.ownership import sees
from crm.users.viewer import Viewer


@dataclass(frozen=True)
class News:
    """`data` is what crm/alerts/wording.py makes sentences of; `records` by lead_id, deal_id …"""

    to: Reached
    kind: AlertKind
    cause: str
    url: str
    tag: str
    data: dict[str, Any]
    expires_at: datetime | None = None
    escalate_at: datetime | None = None
    records: dict[str, str | None] = field(default_factory=dict)


def send(news: News) -> None:
    """Put it into the person's inbox, inside a command."""
    data = {name: value for name, value in news.data.items() if value}
    if news.to.stands_for:
        data["stands_for"] = news.to.stands_for
    tell(
        news.to.viewer.id,
        news.kind,
        news.cause,
        url=news.url,
        tag=news.tag,
        data=data,
        expires_at=news.expires_at,
        escalate_at=news.escalate_at,
        **news.records,
    )


def is_past(kind: AlertKind, at: datetime) -> bool:
    """Whether what happened at that time is no news any more."""
    lasts = KINDS[kind].lasts
    return lasts is not None and clock.now() - at >= lasts


@contextmanager
def language_of(reader: Viewer) -> Iterator[None]:
    """Say things as the reader does inside the block."""
    with use_locale(reader.locale):
        yield


@dataclass(frozen=True)
class Named:
    """What stands around an activity or deal, as far as one person may see it."""

    name: str = ""
    company: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Part:
    """A record that is named beside another, with whose it is."""

    owner_id: str | None
    team_id: str | None
    name: str
    phones: list[dict[str, str]]


def part_of(row: Any, prefix: str) -> Part | None:
    """Return the record whose columns are labelled with a prefix, if one is there."""
    if getattr(row, f"{prefix}_id") is None or getattr(row, f"{prefix}_name") is None:
        return None
    said = ("owner_id", "team_id", "name", "phones")
    return Part(*(getattr(row, f"{prefix}_{name}", None) for name in said))  # type: ignore[arg-type]


def named_for(reader: Viewer, *parts: Part | None, company: Part | None = None) -> Named:
    """Return the first person of `parts` and the company, leaving out what he may not see."""
    people = [part for part in parts if part and sees(reader, part)]
    firm = company if company and sees(reader, company) else None
    phones = [part.phones[0]["value"] for part in (*people, firm) if part and part.phones]
    return Named(
        people[0].name if people else "", firm.name if firm else "", phones[0] if phones else ""
    )
