"""Puts tags on a record, inside the command that saves it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from crm.database import db, new_id
from crm.i18n import fold
from crm.tags.models import Tag, Tagging


def set_tags(record_id: str, names: Sequence[str]) -> None:
    """Make `names` the record's tags; words alike when folded are one tag."""
    wanted = {fold(name): name for name in names}
    known = {
        tag.folded: tag.id
        for tag in db.session.scalars(select(Tag).where(Tag.folded.in_(list(wanted))))
    }
    for folded, name in wanted.items():
        if folded not in known:
            known[folded] = new_id()
            db.session.add(Tag(id=known[folded], name=name, folded=folded))
    db.session.flush()
    db.session.execute(delete(Tagging).where(Tagging.record_id == record_id))
    for folded in wanted:
        db.session.add(Tagging(record_id=record_id, tag_id=known[folded]))
