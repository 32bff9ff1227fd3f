"""A company of any size whose measured rep keeps his book: the company around him grows.

Every rep has the same number of accounts, contacts, leads, deals and activities, spread over two
years; the n-th activity of each rep is about the same record of his. So the measured deal and the
measured account have as many timeline entries in a small company as in a large one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.database import db
from crm.deals.models import Deal
from crm.i18n import fold
from crm.leads.models import Lead
from crm.search import index
from crm.search.models import SearchEntry
from crm.timeline.models import TimelineEntry
from tests.bench.pour import Row, Shape

ACCOUNTS, CONTACTS, LEADS, OPEN, CLOSED = 150, 400, 100, 60, 500
DEALS = OPEN + CLOSED
PLANNED = 40
#: Activities of one rep; a company of n activities has n // EACH reps.
EACH = 3_333
SPAN = timedelta(days=730)
_SYLLABLES = re.findall("..", "anbecadaelfigohainjokalimonaolpequrisatoulviwixayoze")
_FA = re.findall(
    r"\S+", "آریا نیک مهر پارس سپهر دانا رای کار نور شید راد پویا امین تک سام هور کیان البرز"
)


@dataclass(frozen=True)
class Ground:
    """What the rows refer to: who sells, in which team, along which stages."""

    reps: list[str]
    teams: list[str]
    pipeline_id: str
    stages: dict[str, str]
    now: datetime


def key(kind: int, rep: int, number: int, moment: int = 0x019A00000000) -> str:
    """Return the id of a rep's n-th record of a kind: deterministic, in the form of a UUIDv7."""
    low = (rep << 24) | number
    return f"{moment >> 16:08x}-{moment & 0xFFFF:04x}-7{kind:03x}-8000-{low:012x}"


def stamp(moment: datetime) -> str:
    """Return an instant as SQLite keeps it, which PostgreSQL reads too."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


class Names:
    """Invented names, a third of them Persian."""

    def __init__(self) -> None:
        self.random = random.Random(11)

    def word(self, least: int = 2, most: int = 4) -> str:
        return "".join(self.random.choices(_SYLLABLES, k=self.random.randint(least, most))).title()

    def pair(self) -> str:
        if self.random.random() < 0.33:
            return " ".join(self.random.sample(_FA, 2))
        return f"{self.word(2, 3)} {self.word()}"


def _owned(table: Any, *columns: str, **fixed: Any) -> Shape:
    common = ("id", "owner_id", "team_id", "created_at", "updated_at")
    return Shape.of(table, *common, *columns, **{"version": 1, "is_sample": 0} | fixed)


class Book:
    """The rows of every rep's book, in the order in which tables refer to each other."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.names = ground, Names()
        self.long_ago = stamp(ground.now - SPAN)
        self.search: list[Row] = []

    def _all(self) -> Iterator[tuple[int, str, str]]:
        for rep, (user, team) in enumerate(zip(self.ground.reps, self.ground.teams, strict=True)):
            yield rep, user, team

    def _find(self, kind: str, row: Row, title: str, words: str = "") -> None:
        folded = fold(title)
        line = f" {folded} {words} {index.whose(row[1], row[2])}"
        self.search.append((row[0], kind, row[1], row[2], title, "", folded, line))

    def accounts(self) -> Iterator[Row]:
        for rep, user, team in self._all():
            for n in range(ACCOUNTS):
                name = f"{self.names.pair()} {'Trading' if n % 2 else 'Co'}"
                since = self.ground.now - timedelta(days=37 * n + 400)
                row = (
                    key(1, rep, n),
                    user,
                    team,
                    self.long_ago,
                    self.long_ago,
                    name,
                    fold(name),
                    self._phone(rep, n, "21"),
                    since.date().isoformat(),
                )
                self._find("account", row, name)
                yield row

    def _phone(self, rep: int, n: int, prefix: str) -> str:
        return f'[{{"value": "+98{prefix}{rep:04}{n:04}", "label": ""}}]'

    def contacts(self) -> Iterator[Row]:
        for rep, user, team in self._all():
            for n in range(CONTACTS):
                name, phone = self.names.pair(), self._phone(rep, n, "91")
                born = self.ground.now - timedelta(days=9000 + 31 * n)
                row = (
                    key(2, rep, n),
                    user,
                    team,
                    self.long_ago,
                    self.long_ago,
                    name,
                    fold(name),
                    phone,
                    key(1, rep, n % ACCOUNTS),
                    born.date().isoformat(),
                )
                self._find("contact", row, name, f"9891{rep:04}{n:04}")
                yield row

    def leads(self) -> Iterator[Row]:
        for rep, user, team in self._all():
            for n in range(LEADS):
                name = self.names.pair()
                came = stamp(self.ground.now - timedelta(days=n))
                row = (
                    key(3, rep, n),
                    user,
                    team,
                    came,
                    came,
                    name,
                    fold(name),
                    self.names.word(),
                    "hot" if n < 5 else "warm",
                    ("new", "working", "converted")[n % 3],
                )
                self._find("lead", row, name)
                yield row

    def deals(self) -> Iterator[Row]:
        now = self.ground.now
        open_stages = ("lead", "qualified", "proposal")
        for rep, user, team in self._all():
            for n in range(DEALS):
                is_open = n < OPEN
                stage = open_stages[n % 3] if is_open else ("won", "lost")[n % 2]
                entered = now - timedelta(days=(n % 30) if is_open else 1 + (n * 730) // DEALS)
                name = f"{self.names.word()} {n % 90 + 10} seats"
                at = stamp(entered)
                row = (
                    key(4, rep, n),
                    user,
                    team,
                    self.long_ago,
                    at,
                    name,
                    fold(name),
                    key(1, rep, n % ACCOUNTS),
                    key(2, rep, n % CONTACTS),
                    self.ground.stages[stage],
                    "open" if is_open else stage,
                    (n * 7919 % 900 + 100) * 10_000_000,
                    at,
                    None if is_open else at,
                    None if is_open or n % 2 == 0 else "price",
                    at,
                )
                self._find("deal", row, name)
                yield row

    def activities(self, entries: bool) -> Iterator[Row]:
        """What was done, in the order of time; `entries` gives the timeline's rows instead."""
        reps, teams = self.ground.reps, self.ground.teams
        step = SPAN / (EACH * len(reps))
        begin = self.ground.now - SPAN
        data = '{"kind": "call", "outcome": "follow_up", "note": "Spoke of the price, wants one"}'
        for number in range(EACH * len(reps)):
            turn, rep = divmod(number, len(reps))
            moment = begin + number * step
            at, births = stamp(moment), int(moment.timestamp() * 1000)
            deal = (turn // 2) % OPEN if turn % 2 else None
            contact = deal if deal is not None else (turn * 7) % CONTACTS
            about = (
                key(1, rep, contact % ACCOUNTS),
                key(2, rep, contact),
                None if deal is None else key(4, rep, deal),
            )
            activity = key(5, rep, turn, births)
            if entries:
                yield (key(6, rep, turn, births), at, reps[rep], *about, activity, data)
            else:
                yield (activity, reps[rep], teams[rep], at, at, *about, at)

    def planned(self) -> Iterator[Row]:
        now = self.ground.now
        for rep, user, team in self._all():
            for n in range(PLANNED):
                due = stamp(now + timedelta(hours=13 * (n - 6)))
                yield (
                    key(7, rep, n),
                    user,
                    team,
                    self.long_ago,
                    self.long_ago,
                    key(1, rep, n % ACCOUNTS),
                    key(2, rep, n),
                    key(4, rep, n),
                    ("call", "meeting", "task")[n % 3],
                    due,
                )


_LINKS = ("account_id", "contact_id", "deal_id")
_NAMED = ("name", "name_folded")
_DEAL = [
    "account_id",
    "contact_id",
    "stage_id",
    "status",
    "amount",
    "stage_entered_at",
    "closed_at",
    "lost_reason",
    "last_activity_at",
]
_FOUND = [
    "record_id",
    "record_type",
    "owner_id",
    "team_id",
    "title",
    "subtitle",
    "title_folded",
    "folded",
]


def _records(book: Book, ground: Ground) -> list[tuple[Shape, Any]]:
    deal = {"pipeline_id": ground.pipeline_id, "currency": "IRR", "opened_on": "2025-01-02"}
    return [
        (_owned(Account.__table__, *_NAMED, "phones", "customer_since"), book.accounts()),
        (_owned(Contact.__table__, *_NAMED, "phones", "account_id", "birthday"), book.contacts()),
        # Scored by the rules of now: a server on it has nothing of its own to do.
        (
            _owned(Lead.__table__, *_NAMED, "company", "heat", "status", rules_version=1),
            book.leads(),
        ),
        (_owned(Deal.__table__, *_NAMED, *_DEAL, **deal), book.deals()),
    ]


def _history(book: Book) -> list[tuple[Shape, Any]]:
    said = {"outcome": "follow_up", "note": "Spoke about price, wants a quote", "has_time": 1}
    entry = ("id", "at", "actor_id", *_LINKS, "activity_id", "data")
    return [
        (
            _owned(Activity.__table__, *_LINKS, "done_at", kind="call", **said),
            book.activities(False),
        ),
        (_owned(Activity.__table__, *_LINKS, "kind", "due_at", has_time=1), book.planned()),
        (Shape.of(TimelineEntry.__table__, *entry, kind="activity.logged"), book.activities(True)),
    ]


def fill(target: Any, ground: Ground) -> None:
    """Write the whole company. The people and the pipeline are there already."""
    book = Book(ground)
    tables = [table.name for table in db.metadata.sorted_tables]
    with target.without_indexes(*tables):
        for shape, rows in _records(book, ground) + _history(book):
            target.pour(shape, rows)
        target.pour(Shape.of(SearchEntry.__table__, *_FOUND), book.search)
