"""Writes of tags themselves, by those who look after them: rename, merge, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select, update

from crm import errors
from crm.database import command, db
from crm.i18n import _, fold
from crm.schema import Key, Schema, Str, load
from crm.search.models import SearchEntry
from crm.tags.models import Tag, Tagging
from crm.timeline.record import record
from crm.users.viewer import Viewer


class RenameSchema(Schema):
    name = Str(60, required=True)


class MergeSchema(Schema):
    into_id = Key(required=True)


def _lock(actor: Viewer, tag_id: str) -> Tag:
    if not actor.is_manager:
        raise errors.NotFound
    tag = db.session.scalars(select(Tag).where(Tag.id == tag_id).with_for_update()).first()
    if tag is None:
        raise errors.NotFound
    return tag


def _reword(tag: Tag, folded: str | None) -> None:
    """Put another word, or none, in place of the tag on the search lines of its records."""
    tagged = select(Tagging.record_id).where(Tagging.tag_id == tag.id)
    word = f" #{folded} " if folded else " "
    db.session.execute(
        update(SearchEntry)
        .where(SearchEntry.record_id.in_(tagged))
        .values(folded=func.replace(SearchEntry.folded, f" #{tag.folded} ", word))
        .execution_options(synchronize_session=False)
    )


@command
def rename_tag(actor: Viewer, tag_id: str, payload: Mapping[str, Any]) -> None:
    """Give a tag another name. Raises ValidationError when another tag has it: merge them."""
    name = load(RenameSchema(), payload)["name"].lstrip("#").strip()
    tag = _lock(actor, tag_id)
    folded = fold(name)
    if not folded:
        raise errors.ValidationError({"name": [_("This is needed.")]})
    other = db.session.scalars(select(Tag).where(Tag.folded == folded, Tag.id != tag.id)).first()
    if other is not None:
        raise errors.ValidationError({"name": [_("There is such a tag. Merge the two instead.")]})
    _reword(tag, folded)
    before = tag.name
    tag.name, tag.folded = name, folded
    record("tag.renamed", actor.id, user_id=actor.id, data={"from": before, "to": name})


@command
def merge_tags(actor: Viewer, tag_id: str, payload: Mapping[str, Any]) -> None:
    """Put another tag on this one's records and remove this one."""
    into = _lock(actor, load(MergeSchema(), payload)["into_id"])
    tag = _lock(actor, tag_id)
    if tag.id == into.id:
        raise errors.ValidationError({"into_id": [_("Choose another tag.")]})
    _reword(tag, into.folded)
    has = select(Tagging.record_id).where(Tagging.tag_id == into.id)
    db.session.execute(
        update(Tagging)
        .where(Tagging.tag_id == tag.id, Tagging.record_id.not_in(has))
        .values(tag_id=into.id)
        .execution_options(synchronize_session=False)
    )
    _remove(tag)
    record("tag.merged", actor.id, user_id=actor.id, data={"from": tag.name, "to": into.name})


@command
def delete_tag(actor: Viewer, tag_id: str) -> None:
    """Take a tag off all its records and remove it."""
    tag = _lock(actor, tag_id)
    _reword(tag, None)
    _remove(tag)
    record("tag.deleted", actor.id, user_id=actor.id, data={"name": tag.name})


def _remove(tag: Tag) -> None:
    for rows in (
        delete(Tagging).where(Tagging.tag_id == tag.id),
        delete(Tag).where(Tag.id == tag.id),
    ):
        db.session.execute(rows.execution_options(synchronize_session=False))
