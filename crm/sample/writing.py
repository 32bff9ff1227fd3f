"""Writes the invented rows: a few statements of many rows, in the order that keys ask for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.database import Base, db
from crm.deals.models import Deal, DealContact
from crm.i18n import fold
from crm.i18n.phones import phone_digits
from crm.leads.models import Lead, LeadStatus, Touch
from crm.products.models import Product
from crm.sample.invention import Invention, Row
from crm.search import index
from crm.search.models import SearchEntry
from crm.tags.models import Tag, Tagging
from crm.timeline.models import TimelineEntry
from crm.users.models import Team, User

#: A table comes after those that it points to; a team's manager is written at the end.
TABLES: tuple[type[Base], ...] = (
    Team,
    User,
    Product,
    Account,
    Contact,
    Deal,
    DealContact,
    Lead,
    Touch,
    Activity,
    TimelineEntry,
)
TAGGED = 0.3


def write(made: Invention) -> None:
    """Insert everything, inside a command."""
    managers = {team["id"]: team.pop("manager_id") for team in made.rows["team"]}
    for model in TABLES:
        _insert(model, made.rows[model.__tablename__])
    for team_id, manager_id in managers.items():
        db.session.execute(
            Team.__table__.update().where(Team.id == team_id).values(manager_id=manager_id)  # type: ignore[attr-defined]
        )
    tags = _tag(made)
    _insert(SearchEntry, _lines(made, tags))


def _insert(model: type[Base], rows: list[Row]) -> None:
    table: Any = model.__table__
    # Many rows in one statement need the same columns in each.
    blank = {column.name: None for column in table.columns if column.nullable}
    if rows:
        db.session.execute(insert(table), [blank | row for row in rows])


def _tag(made: Invention) -> dict[str, list[str]]:
    """Put tags on some records; return their names by record."""
    names = {fold(name): name for name in made.words.tags}
    known = {
        folded: tag_id
        for folded, tag_id in db.session.execute(select(Tag.folded, Tag.id))
        if folded in names
    }
    fresh = [
        {"id": made.new_id(made.now), "name": name, "folded": folded}
        for folded, name in names.items()
        if folded not in known
    ]
    _insert(Tag, fresh)
    ids = known | {row["folded"]: row["id"] for row in fresh}
    tagged: dict[str, list[str]] = {}
    for table in ("account", "contact", "lead", "deal"):
        for row in made.rows[table]:
            if made.dice.random() < TAGGED:
                tagged[row["id"]] = [made.dice.choice(list(names))]
    _insert(
        Tagging,
        [
            {"record_id": record_id, "tag_id": ids[folded]}
            for record_id, found in tagged.items()
            for folded in found
        ],
    )
    return {record_id: [names[folded] for folded in found] for record_id, found in tagged.items()}


def _lines(made: Invention, tags: dict[str, list[str]]) -> list[Row]:
    """Return what each record is found by, as its own commands would write it."""
    accounts = {row["id"]: row["name"] for row in made.rows["account"]}
    people = {row["id"]: row["name"] for row in made.rows["contact"]}
    lines = []
    for kind in ("account", "contact", "deal", "lead"):
        for row in made.rows[kind]:
            if row.get("status") == LeadStatus.CONVERTED:
                continue
            subtitle = {
                "account": row.get("city") or row.get("industry"),
                "contact": accounts.get(row.get("account_id") or ""),
                "deal": accounts.get(row.get("account_id") or ""),
                "lead": row.get("company"),
            }[kind]
            words = [people.get(row["contact_id"])] if kind == "deal" else _reach(row)
            words += [f"#{tag}" for tag in tags.get(row["id"], ())]
            lines.append(
                index.row(
                    kind,
                    row["id"],
                    row["owner_id"],
                    row["team_id"],
                    row["name"],
                    subtitle or "",
                    words,
                )
            )
    return lines


def _reach(row: Row) -> list[str | None]:
    numbers = [phone_digits(phone["value"]) for phone in row["phones"]]
    return [*numbers, *(email["value"] for email in row["emails"]), row["city"]]
