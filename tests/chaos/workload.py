"""What the phones of a run capture, and what the database must say of it afterwards."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from crm.database import new_id
from tests.crowd import Rep
from tests.phones import envelope

WORDS = ("price", "۵۰ صندلی", "می‌خواهد", "Q3 «budget»", "naïve 🙂", "call back", "تخفیف ۱۰٪")
OUTCOMES = ("interested", "quote", "follow_up", "no_answer", "not_now")
KINDS = ("meeting", "call", "visit", "message")
Made = tuple[str, dict[str, Any]]


@dataclass
class Expected:
    """Every mark that was ever captured, by the table and column that must hold it once."""

    notes: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    subjects: set[str] = field(default_factory=set)
    contacts: set[str] = field(default_factory=set)
    leads: set[str] = field(default_factory=set)
    moves: Counter[str] = field(default_factory=Counter)


@dataclass
class Author:
    """One rep and what he saves: each capture carries a mark that nothing else carries."""

    number: int
    rep: Rep
    chance: random.Random
    expected: Expected
    _count: Any = field(default_factory=count)
    _moves: Any = field(default_factory=count)

    def save(self, now: datetime) -> dict[str, Any]:
        """Return the envelope of one more Save, and note what must come of it."""
        makers: list[Callable[[str], Made]] = [
            *[self._met] * 7, self._with_step, self._with_new_person,
            self._moved, self._promised, self._met_a_lead, self._new_contact,
        ]  # fmt: skip
        mark = f"{self.number}-{next(self._count)}"
        kind, body = self.chance.choice(makers)(mark)
        return envelope(new_id(), kind, body, now)

    def _log(self, mark: str, **more: Any) -> Made:
        """A meeting; a third of them has no id but the capture's: there is no second net."""
        body = {
            "kind": self.chance.choice(KINDS),
            "outcome": self.chance.choice(OUTCOMES),
            "note": f"[{mark}] {' '.join(self.chance.choices(WORDS, k=5))}",
        }
        if self.chance.random() < 0.67:
            body["id"] = new_id()
        named = more.get("contact_id")
        self.expected.notes[body["note"]] = (body["kind"], body["outcome"], named)
        return "activity.log", body | more

    def _met(self, mark: str) -> Made:
        return self._log(mark, contact_id=self.rep.contact_id, deal={"id": self.rep.deal_id})

    def _with_step(self, mark: str) -> Made:
        self.expected.subjects.add(f"next {mark}")
        step = {"id": new_id(), "kind": "task", "subject": f"next {mark}", "due_at": self._due()}
        return self._log(mark, contact_id=self.rep.contact_id, next_step=step)

    def _with_new_person(self, mark: str) -> Made:
        self.expected.contacts.add(f"Person {mark}")
        return self._log(mark, new_contact={"id": new_id(), "name": f"Person {mark}"})

    def _moved(self, _mark: str) -> Made:
        self.expected.moves[self.rep.deal_id] += 1
        stage = self.rep.stages[next(self._moves) % 2]
        return "deal.move", {"deal_id": self.rep.deal_id, "stage_id": stage}

    def _promised(self, mark: str) -> Made:
        self.expected.subjects.add(f"plan {mark}")
        body = {"kind": "call", "subject": f"plan {mark}", "due_at": self._due()}
        return "activity.plan", body | {"contact_id": self.rep.contact_id}

    def _met_a_lead(self, mark: str) -> Made:
        self.expected.leads.add(f"Lead {mark}")
        return "lead.capture", {"name": f"Lead {mark}", "source": "Fair"}

    def _new_contact(self, mark: str) -> Made:
        self.expected.contacts.add(f"Person {mark}")
        return "contact.create", {"name": f"Person {mark}"}

    def _due(self) -> str:
        start = datetime.fromisoformat("2027-01-10T09:00:00+03:30")
        return (start + timedelta(hours=self.chance.randrange(2000))).isoformat()
