"""Which tags stand on a record, and which there are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from crm.database import db
from crm.errors import NotFound
from crm.i18n import fold
from crm.tags.models import Tag, Tagging

# Built once: every list and form asks for it.
_ALL = select(Tag.name).order_by(Tag.folded).limit(bindparam("most"))


def tags_of(record_id: str) -> list[str]:
    """Return the record's tags in alphabetical order; the caller has checked that it is visible."""
    return list(
        db.session.scalars(
            select(Tag.name)
            .join(Tagging, Tagging.tag_id == Tag.id)
            .where(Tagging.record_id == record_id)
            .order_by(Tag.folded)
        )
    )


def all_tags(most: int = 100) -> list[str]:
    """Return the company's tags in alphabetical order."""
    return list(db.session.execute(_ALL, {"most": most}).scalars())


@dataclass(frozen=True)
class Counted:
    """A tag and on how many records it stands."""

    id: str
    name: str
    count: int


def counted_tags(most: int = 500) -> list[Counted]:
    """Return the company's tags in alphabetical order, each with its number of records."""
    count = func.count(Tagging.record_id)
    rows = db.session.execute(
        select(Tag.id, Tag.name, count)
        .outerjoin(Tagging, Tagging.tag_id == Tag.id)
        .group_by(Tag.id, Tag.name, Tag.folded)
        .order_by(Tag.folded)
        .limit(most)
    )
    return [Counted(*row) for row in rows]


def find_tag(name: str | None) -> Tag | None:
    """Return the tag of this name, however it is spelt."""
    return db.session.scalars(select(Tag).where(Tag.folded == fold(name))).first() if name else None


def get_tag(tag_id: str) -> Tag:
    """Return a tag. Raises NotFound."""
    tag = db.session.get(Tag, tag_id)
    if tag is None:
        raise NotFound
    return tag
