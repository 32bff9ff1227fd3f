"""The rows that a batch will insert, gathered so that each table takes one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import update

from crm import clock
from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.database import db, new_id
from crm.deals.models import Deal, DealContact
from crm.i18n import fold, phone_digits
from crm.imports.lookup import Lookup
from crm.imports.models import ImportMark
from crm.imports.spec import Spec
from crm.leads.models import Lead
from crm.products.models import Product
from crm.search import index
from crm.search.models import SearchEntry
from crm.tags.models import Tag, Tagging
from crm.timeline.models import TimelineEntry
from crm.timeline.record import show_followers
from crm.users.models import Team, User
from crm.users.viewer import Viewer

#: Whom a row refers to stands before it.
_ORDER: tuple[Any, ...] = (
    Team,
    User,
    Product,
    Account,
    Contact,
    Deal,
    Lead,
    DealContact,
    Activity,
    Tag,
    Tagging,
    TimelineEntry,
    SearchEntry,
)


@cache
def _blank(model: Any) -> dict[str, Any]:
    """Return a row with the model's defaults; a bulk insert wants the same columns in each."""
    row: dict[str, Any] = {}
    for column in model.__table__.columns:
        default = column.default
        if column.key == "row_id":
            continue
        if default is None:
            row[column.key] = None
        elif default.is_scalar:
            row[column.key] = default.arg
        else:
            row[column.key] = [] if column.key in ("phones", "emails") else None
    return row


#: A record: its model and its id.
_Key = tuple[Any, str]


class Batch:
    """Up to a hundred rows on their way in, and the actor in whose name."""

    def __init__(self, actor: Viewer, spec: Spec, lookup: Lookup) -> None:
        self.actor, self.spec, self.lookup = actor, spec, lookup
        self.now = clock.now()
        self._rows: dict[Any, list[dict[str, Any]]] = {model: [] for model in _ORDER}
        self._marks: dict[str, str] = {}
        self._touched: dict[_Key, datetime] = {}
        self._customers: dict[_Key, date] = {}
        self._managers: dict[str, str] = {}

    def insert(self, model: Any, **values: Any) -> str:
        """Add a row; its id, if it has one, is made here unless given, and returned."""
        row = {**_blank(model), **values}
        if "id" in row and row["id"] is None:
            row["id"] = new_id()
        self._rows[model].append(row)
        return str(row.get("id") or "")

    def entry(self, kind: str, at: datetime, data: dict[str, Any], **records: str | None) -> None:
        """Add a timeline entry; that it came from a file is noted, so that nobody is alerted."""
        self.insert(
            TimelineEntry,
            kind=kind,
            at=at,
            actor_id=self.actor.id,
            data={**data, "imported": True},
            **records,
        )

    def findable(
        self,
        kind: str,
        record: dict[str, Any],
        subtitle: str,
        tags: Iterable[str],
        *words: str | None,
    ) -> None:
        """Add the line by which search finds the record."""
        reach = [phone_digits(one["value"]) for one in record.get("phones") or ()]
        reach += [one["value"] for one in record.get("emails") or ()]
        labels = [f"#{tag}" for tag in tags]
        self._rows[SearchEntry].append(
            index.row(
                kind,
                record["id"],
                record["owner_id"],
                record["team_id"],
                record["name"],
                subtitle,
                [*reach, *words, *labels],
            )
        )

    def tag(self, record_id: str, names: Iterable[str], known: dict[str, str]) -> None:
        """Put tags on a new record; `known` is {folded tag: id} and learns the new ones."""
        for folded, name in {fold(name): name for name in names}.items():
            if folded not in known:
                known[folded] = self.insert(Tag, name=name, folded=folded)
            self.insert(Tagging, record_id=record_id, tag_id=known[folded])

    def mark(self, record_id: str, digest: str) -> None:
        """Remember what the record was imported from."""
        self._marks[record_id] = digest

    def manages(self, team_id: str, user_id: str) -> None:
        """Make a user a team's manager, once both are there."""
        self._managers[team_id] = user_id

    def touch(self, model: Any, record_id: str | None, at: datetime) -> None:
        """Note that something was done with a record."""
        if record_id and self._touched.get((model, record_id), at) <= at:
            self._touched[(model, record_id)] = at

    def bought(self, model: Any, record_id: str | None, day: date) -> None:
        """Note that somebody is a customer at least since that day."""
        if record_id and self._customers.get((model, record_id), day) >= day:
            self._customers[(model, record_id)] = day

    def write(self) -> None:
        """Insert everything, inside a command."""
        for model in _ORDER:
            if rows := self._rows[model]:
                db.session.execute(model.__table__.insert(), rows)
        show_followers(self._rows[TimelineEntry])
        for team_id, user_id in self._managers.items():
            db.session.execute(update(Team).where(Team.id == team_id).values(manager_id=user_id))
        # One order for everybody, so that two writers never wait for each other's rows.
        for key in sorted({*self._touched, *self._customers}, key=_by_table):
            for column, value, is_news in self._news(key):
                db.session.execute(
                    update(key[0])
                    .where(key[0].id == key[1], is_news | column.is_(None))
                    .values({column: value})
                    .execution_options(synchronize_session=False)
                )

    def _news(self, key: _Key) -> Iterator[tuple[Any, Any, Any]]:
        """Yield what is to be written to a record: column, value, and whether it is news."""
        model = key[0]
        if at := self._touched.get(key):
            yield model.last_activity_at, at, model.last_activity_at < at
        if day := self._customers.get(key):
            yield model.customer_since, day, model.customer_since > day

    def write_marks(self) -> None:
        """Remember the rows, inside a command: last, when no update can fail any more."""
        if not self._marks:
            return
        table: Any = ImportMark.__table__
        db.session.execute(table.delete().where(table.c.record_id.in_(list(self._marks))))
        db.session.execute(
            table.insert(), [{"record_id": i, "digest": d} for i, d in self._marks.items()]
        )


def _by_table(key: _Key) -> tuple[str, str]:
    return key[0].__tablename__, key[1]
