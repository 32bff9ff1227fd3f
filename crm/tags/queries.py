"""Which tags stand on a record, and which there are."""

from __future__ import annotations

from sqlalchemy import select

from crm.database import db
from crm.tags.models import Tag, Tagging


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
    return list(db.session.scalars(select(Tag.name).order_by(Tag.folded).limit(most)))
