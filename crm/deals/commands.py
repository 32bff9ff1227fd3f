"""Writes of deals: create, change, archive, note who takes part; moves are in `moves`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm import clock, errors, records
from crm.accounts.models import Account, Contact
from crm.accounts.naming import account_named, contact_named, is_still
from crm.database import command, db
from crm.deals.models import Deal, DealContact, StageKind
from crm.deals.moves import (
    Overtaken,
    about,
    move,
    move_deal,
    put_back,
    refuse_stale,
    stage_seen,
    undo_move,
    welcome,
)
from crm.deals.stages import default_pipeline, get_stage, stages_of
from crm.i18n import _, fold, formatting
from crm.products.models import Product
from crm.schema import Day, Key, Priced, Schema, Str, Whole, Words, load
from crm.search import index
from crm.tags.queries import tags_of
from crm.tags.tagging import set_tags
from crm.timeline.record import record
from crm.users.ownership import find, get
from crm.users.viewer import Viewer

__all__ = [
    "DealSchema",
    "Overtaken",
    "add_person",
    "archive_deal",
    "create_deal",
    "move",
    "move_deal",
    "put_back",
    "refuse_stale",
    "restore_deal",
    "stage_seen",
    "undo_move",
    "update_deal",
]


class DealSchema(Priced):
    id = Key()
    name = Str(200, required=True)
    account_id = Key()
    #: What was typed: the visible account or contact of that name, or a new one.
    account_name = Str(200)
    contact_id = Key()
    contact_name = Str(200)
    product_id = Key()
    stage_id = Key()
    probability = Whole(0, 100)
    expected_close_on = Day()
    opened_on = Day()
    lost_reason = Str(200)
    source = Str(100)
    needs = Str(1000)
    description = Str(5000)
    owner_id = Key()
    import_key = Str(200)
    tags = Words()


def _index(deal: Deal) -> None:
    if deal.archived_at is not None:
        index.forget(deal.id)
        return
    account = records.shown_along(deal, Account, deal.account_id)
    contact = records.shown_along(deal, Contact, deal.contact_id)
    words = [contact.name if contact else None, *(f"#{tag}" for tag in tags_of(deal.id))]
    index.put(
        "deal",
        deal.id,
        deal.owner_id,
        deal.team_id,
        deal.name,
        account.name if account else "",
        words,
    )


def _check_links(actor: Viewer, data: dict[str, Any]) -> None:
    for field, model in (("account_id", Account), ("contact_id", Contact)):
        if data.get(field) and find(actor, model, data[field]) is None:
            raise errors.ValidationError({field: [_("This is not a known record.")]})
    if data.get("product_id") and db.session.get(Product, data["product_id"]) is None:
        raise errors.ValidationError({"product_id": [_("This is not a known record.")]})


def _find_names(actor: Viewer, deal: Deal | None, data: dict[str, Any]) -> None:
    shared = {"owner_id": data["owner_id"]} if data.get("owner_id") else {}
    if "account_name" in data:
        name = data.pop("account_name")
        if not is_still(actor, Account, deal.account_id if deal else None, name):
            data["account_id"] = account_named(actor, name, **shared) if name else None
    if "contact_name" in data:
        name = data.pop("contact_name")
        account_id = data.get("account_id") or (deal.account_id if deal else None)
        if not is_still(actor, Contact, deal.contact_id if deal else None, name):
            data["contact_id"] = contact_named(actor, name, account_id, **shared) if name else None


def _place_contact(deal: Deal) -> None:
    if deal.contact_id and db.session.get(DealContact, (deal.id, deal.contact_id)) is None:
        db.session.add(DealContact(deal_id=deal.id, contact_id=deal.contact_id))
    if deal.contact_id and not deal.account_id:
        contact = db.session.get(Contact, deal.contact_id)
        deal.account_id = contact.account_id if contact else None


def _save(deal: Deal, data: dict[str, Any], version: int | None) -> dict[str, list[Any]]:
    tags = data.pop("tags", None)
    if "name" in data:
        data["name_folded"] = fold(data["name"])
    changed = records.change(deal, data, version)
    changed.pop("name_folded", None)
    db.session.flush()
    _place_contact(deal)
    if tags is not None and tags != tags_of(deal.id):
        changed["tags"] = [tags_of(deal.id), tags]
        set_tags(deal.id, tags)
    db.session.flush()
    return changed


@command
def create_deal(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Create a deal in its pipeline's first stage (or `stage_id`) and return its id."""
    data = load(DealSchema, payload)
    if data.get("id") and db.session.get(Deal, data["id"]) is not None:
        return get(actor, Deal, data["id"]).id
    _check_links(actor, data)
    _find_names(actor, None, data)
    wanted = data.pop("stage_id", None)
    stage = get_stage(wanted) if wanted else stages_of(default_pipeline().id)[0]
    now = clock.now()
    deal = Deal(
        id=data.pop("id", None),
        name=data["name"],
        name_folded="",
        pipeline_id=stage.pipeline_id,
        stage_id=stage.id,
        status=stage.kind,
        stage_entered_at=now,
        opened_on=data.pop("opened_on", None) or formatting.local(now).date(),
        currency=data.pop("currency", None) or actor.currency,
        closed_at=None if stage.kind == StageKind.OPEN else now,
    )
    records.start(deal, actor, data)
    db.session.add(deal)
    _save(deal, data, None)
    deal.version = 1
    if stage.kind == StageKind.WON:
        welcome(deal)
    _index(deal)
    record("deal.created", actor.id, **about(deal), data={"stage_id": stage.id})
    return deal.id


@command
def update_deal(
    actor: Viewer, deal_id: str, payload: Mapping[str, Any], version: int | None = None
) -> None:
    """Change a deal's facts (not its stage: `move_deal`). Raises Conflict on an old `version`."""
    deal = get(actor, Deal, deal_id, lock=True)
    data = load(DealSchema(exclude=("id", "stage_id")), payload, partial=True)
    _check_links(actor, data)
    _find_names(actor, deal, data)
    owner = records.take_owner(data)
    if deal.status != StageKind.LOST:
        data.pop("lost_reason", None)
    if data.get("currency") is None:
        data.pop("currency", None)
    changed = _save(deal, data, version) | records.reassign(deal, actor, owner)
    _index(deal)
    if changed:
        record("deal.changed", actor.id, **about(deal), data={"changed": changed})


@command
def archive_deal(actor: Viewer, deal_id: str) -> None:
    """Put a deal away."""
    deal = get(actor, Deal, deal_id, lock=True)
    records.archive(deal)
    index.forget(deal.id)
    record("deal.archived", actor.id, **about(deal))


@command
def restore_deal(actor: Viewer, deal_id: str) -> None:
    """Bring an archived deal back."""
    deal = get(actor, Deal, deal_id, lock=True)
    records.restore(deal)
    _index(deal)
    record("deal.restored", actor.id, **about(deal))


class PersonSchema(Schema):
    contact_id = Key(required=True)
    part = Str(60)


@command
def add_person(actor: Viewer, deal_id: str, payload: Mapping[str, Any]) -> None:
    """Note a contact's part in a deal (decides, uses it, pays …)."""
    deal = get(actor, Deal, deal_id, lock=True)
    data = load(PersonSchema, payload)
    _check_links(actor, data)
    known = db.session.get(DealContact, (deal.id, data["contact_id"]))
    if known is None:
        known = DealContact(deal_id=deal.id, contact_id=data["contact_id"])
        db.session.add(known)
    known.part = data.get("part")
    if not deal.contact_id:
        deal.contact_id = data["contact_id"]
    record("deal.person_added", actor.id, deal_id=deal.id, contact_id=data["contact_id"])
