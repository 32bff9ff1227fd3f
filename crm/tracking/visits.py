"""A visit of a lead to the website: one entry in its timeline, whatever the number of pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, update

from crm.database import connection
from crm.leads.scoring import Sign
from crm.timeline.models import TimelineEntry
from crm.timeline.record import entry_row, record_all
from crm.tracking.beacons import PAGES, VISIT_GAP
from crm.users.viewer import SYSTEM_ID

_ENTRY: Any = TimelineEntry.__table__
MOST_TOLD = 5


def visits_in(signs: Iterable[Sign]) -> list[list[Sign]]:
    """Return what was looked at, in visits, the oldest first."""
    visits: list[list[Sign]] = []
    for sign in sorted(signs, key=lambda sign: sign.at):
        if not visits or sign.at - visits[-1][-1].at > VISIT_GAP:
            visits.append([])
        visits[-1].append(sign)
    return visits


def count_pages(signs: Iterable[Sign]) -> int:
    """Return how many pages were opened, each as often as it was."""
    return sum(sign.signal in PAGES for sign in signs)


def note_visits(lead_id: str, visitor: Any, signs: Sequence[Sign]) -> dict[str, Any]:
    """Write the lead's visits into its timeline, inside a command that holds the visitor.

    A visit that goes on has its entry counted up: it has happened once, and is not over. Returns
    what the visitor is to remember of the last one.
    """
    entry_id, pages, last = visitor.visit_entry_id, visitor.visit_pages, visitor.visit_at
    rows = []
    for visit in visits_in(signs):
        goes_on = entry_id and last and visit[0].at - last <= VISIT_GAP
        pages = count_pages(visit) + (pages if goes_on else 0)
        if goes_on:
            _count_up(entry_id, pages, visit)
        else:
            data = {"pages": pages, "seen": _told(visit)}
            row = entry_row("lead.visited", SYSTEM_ID, at=visit[0].at, lead_id=lead_id, data=data)
            rows.append(row)
            entry_id = row["id"]
        last = max(visit[-1].at, last or visit[-1].at)
    record_all(rows)
    return {"visit_at": last, "visit_entry_id": entry_id, "visit_pages": pages}


def _count_up(entry_id: str, pages: int, visit: Sequence[Sign]) -> None:
    here = _ENTRY.c.id == entry_id
    before = connection().scalar(select(_ENTRY.c.data).where(here)) or {}
    seen = list(dict.fromkeys([*before.get("seen", ()), *_told(visit)]))[:MOST_TOLD]
    data = {"pages": pages, "seen": seen}
    connection().execute(update(_ENTRY).where(here).values(data=data))


def _told(visit: Sequence[Sign]) -> list[str]:
    """Return what says most of a visit: key pages and downloads before pages, each once."""
    by_weight = sorted(visit, key=lambda sign: (sign.signal == "page", -sign.at.timestamp()))
    seen = dict.fromkeys(s.detail.partition("?")[0] for s in by_weight if s.signal != "campaign")
    return list(seen)[:MOST_TOLD]
