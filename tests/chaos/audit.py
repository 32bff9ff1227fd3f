"""Reads the database after a run: what is lost, doubled or other than what was captured."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text

from crm.accounts.models import Contact
from crm.activities.models import Activity
from crm.captures.models import Capture
from crm.database import db, is_sqlite
from crm.leads.models import Lead
from crm.timeline.models import TimelineEntry
from tests.chaos.workload import Expected


@dataclass
class Findings:
    """What is wrong, as sentences."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def sums(self) -> str:
        return (
            f"{len(self.lost)} lost, {len(self.doubled)} doubled, {len(self.altered)} altered,"
            f" {len(self.broken)} broken"
        )

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.altered or self.broken)

    def examples(self) -> list[str]:
        """Return a few of each, to begin looking with."""
        return [*self.lost[:3], *self.doubled[:3], *self.altered[:3], *self.broken[:3]]

    def compare(self, what: str, wanted: set[str], found: Counter[str]) -> None:
        """Each that is wanted is to be found once, and nothing beside."""
        self.lost += [f"{what} {one!r} is not there" for one in wanted - found.keys()]
        self.altered += [f"{what} {one!r} was never captured" for one in found.keys() - wanted]
        self.doubled += [f"{what} {one!r} is there {n} times" for one, n in found.items() if n > 1]


def read(app: Flask, expected: Expected, named: dict[str, str], *, ledger: bool = True) -> Findings:
    """Compare everything that was captured with everything that is there."""
    findings = Findings()
    with app.app_context():
        try:
            _activities(findings, expected)
            _people(findings, expected)
            _moves(findings, expected)
            _ledger(findings, named if ledger else {})
            _soundness(findings)
        finally:
            db.session.remove()
            db.engine.dispose()
    return findings


def _activities(findings: Findings, expected: Expected) -> None:
    columns = (Activity.note, Activity.kind, Activity.outcome, Activity.contact_id)
    rows = db.session.execute(select(*columns).where(Activity.note.is_not(None))).all()
    findings.compare("meeting", set(expected.notes), Counter(row.note for row in rows))
    for note, *facts in rows:
        wanted = expected.notes.get(note)
        # A person met for the first time has an id that only the body knew.
        same = wanted and (*facts[:2], facts[2] if wanted[2] else None) == wanted
        if wanted and not same:
            findings.altered.append(f"meeting {note!r}: {facts} for {wanted}")
    subjects = db.session.scalars(select(Activity.subject).where(Activity.subject.is_not(None)))
    findings.compare("promise", expected.subjects, Counter(subjects.all()))
    entries = _counted(TimelineEntry.activity_id, TimelineEntry.kind == "activity.logged")
    findings.doubled += [f"{n} entries for activity {one}" for one, n in entries.items() if n > 1]
    silent = len(rows) - len(entries)
    if silent > 0:
        findings.lost.append(f"{silent} meetings have no timeline entry")


def _people(findings: Findings, expected: Expected) -> None:
    for model, prefix, wanted in (
        (Contact, "Person ", expected.contacts),
        (Lead, "Lead ", expected.leads),
    ):
        names = db.session.scalars(select(model.name).where(model.name.startswith(prefix)))
        findings.compare(model.__tablename__, wanted, Counter(names.all()))


def _moves(findings: Findings, expected: Expected) -> None:
    moved = _counted(TimelineEntry.deal_id, TimelineEntry.kind == "deal.stage_changed")
    for deal_id in expected.moves.keys() | moved.keys():
        wanted, found = expected.moves[deal_id], moved[deal_id]
        sentence = f"deal {deal_id} moved {found} times, not {wanted}"
        if found < wanted:
            findings.lost.append(sentence)
        elif found > wanted:
            findings.doubled.append(sentence)


def _ledger(findings: Findings, named: dict[str, str]) -> None:
    known = set(db.session.scalars(select(Capture.id))) if named else set()
    findings.lost += [f"capture {one} is not in the ledger" for one in named.keys() - known]
    odd = Counter(verdict for verdict in named.values() if verdict not in ("applied", "duplicate"))
    findings.broken += [f"{n} captures were answered {verdict!r}" for verdict, n in odd.items()]


def _soundness(findings: Findings) -> None:
    if is_sqlite():
        said = list(db.session.scalars(text("PRAGMA integrity_check")))
        broken = [] if said == ["ok"] else said
        broken += [str(row) for row in db.session.execute(text("PRAGMA foreign_key_check"))]
        findings.broken += broken


def _counted(column: Any, condition: Any) -> Counter[str]:
    rows = db.session.execute(select(column, func.count()).where(condition).group_by(column)).all()
    return Counter(dict(map(tuple, rows)))
