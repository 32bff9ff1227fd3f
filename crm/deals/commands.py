"""Writes of deals: create, change, move, undo a move, archive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm import clock, errors, records
from crm.accounts.models import Account, Contact
from crm.accounts.naming import account_named, contact_named
from crm.database import command, db, is_id
from crm.deals.models import Deal, DealContact, Stage, StageKind
from crm.deals.stages import default_pipeline, get_stage, stages_of
from crm.i18n import _, fold, formatting
from crm.products.models import Product
from crm.schema import Day, Key, Priced, Schema, Str, Whole, Words, load
from crm.search import index
from crm.tags.queries import tags_of
from crm.tags.tagging import set_tags
from crm.timeline.models import TimelineEntry
from crm.timeline.record import record
from crm.users.ownership import find, get
from crm.users.viewer import Viewer


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


class MoveSchema(Schema):
    stage_id = Key(required=True)
    #: How the rep saw the deal stand when he chose; see `refuse_stale`.
    version = Whole()
    from_stage_id = Key()
    lost_reason = Str(200)


def _index(deal: Deal) -> None:
    account = db.session.get(Account, deal.account_id) if deal.account_id else None
    contact = db.session.get(Contact, deal.contact_id) if deal.contact_id else None
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
        data["account_id"] = account_named(actor, name, **shared) if name else None
    if "contact_name" in data:
        name = data.pop("contact_name")
        account_id = data.get("account_id") or (deal.account_id if deal else None)
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


def _about(deal: Deal) -> dict[str, Any]:
    return {"deal_id": deal.id, "account_id": deal.account_id, "contact_id": deal.contact_id}


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
    _index(deal)
    record("deal.created", actor.id, **_about(deal), data={"stage_id": stage.id})
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
    if "owner_id" in data and data["owner_id"] != deal.owner_id:
        records.assign(deal, actor, data["owner_id"])
    data.pop("owner_id", None)
    if deal.status != StageKind.LOST:
        data.pop("lost_reason", None)
    if data.get("currency") is None:
        data.pop("currency", None)
    changed = _save(deal, data, version)
    _index(deal)
    if changed:
        record("deal.changed", actor.id, **_about(deal), data={"changed": changed})


def move(
    actor: Viewer,
    deal: Deal,
    stage: Stage,
    lost_reason: str | None = None,
    since: datetime | None = None,
    **more: Any,
) -> str | None:
    """Move a locked deal inside a command and return the entry's id; None if it stood there.

    `since` is when it came to stand there, where that is not now: an undone move never was.
    """
    if deal.stage_id == stage.id:
        return None
    reason = None
    if stage.kind == StageKind.LOST:
        reason = lost_reason or "other"
    before = {
        "from_stage_id": deal.stage_id,
        "from_entered_at": deal.stage_entered_at.isoformat(),
        "from_lost_reason": deal.lost_reason,
        "from_closed_at": deal.closed_at.isoformat() if deal.closed_at else None,
        "seconds": int((clock.now() - deal.stage_entered_at).total_seconds()),
    }
    deal.move_to(stage, reason)
    if since:
        deal.stage_entered_at = since
    data = {
        **before,
        "to_stage_id": stage.id,
        "to_kind": stage.kind,
        "entered_at": deal.stage_entered_at.isoformat(),
        **more,
    }
    if reason:
        data["lost_reason"] = reason
    return record("deal.stage_changed", actor.id, **_about(deal), data=data)


def refuse_stale(deal: Deal, stage: Stage, version: int | None, from_stage_id: str | None) -> None:
    """Raise Conflict when a locked deal stands elsewhere than the rep saw, inside a command.

    Another version alone is no conflict if the deal still stands in `from_stage_id`: a phone's
    second move of one day cannot know the version that its first one made.
    """
    if version is None and from_stage_id is None:
        return
    if version != deal.version and deal.stage_id not in (stage.id, from_stage_id):
        raise errors.Conflict(_("Someone else moved this deal. Here is how it stands now."))


@command
def move_deal(actor: Viewer, deal_id: str, payload: Mapping[str, Any]) -> str | None:
    """Move a deal to a stage; return the timeline entry to undo by, or None if it stood there.

    Raises Conflict when it stands elsewhere than `version` and `from_stage_id` say.
    """
    data = load(MoveSchema, payload)
    deal = get(actor, Deal, deal_id, lock=True)
    stage = get_stage(data["stage_id"])
    refuse_stale(deal, stage, data.get("version"), data.get("from_stage_id"))
    return move(actor, deal, stage, data.get("lost_reason"))


@command
def undo_move(actor: Viewer, deal_id: str, entry_id: str) -> None:
    """Put the deal back where it stood before this move. Raises Conflict if it moved on since."""
    deal = get(actor, Deal, deal_id, lock=True)
    put_back(actor, deal, entry_id)


def put_back(actor: Viewer, deal: Deal, entry_id: str) -> None:
    """Undo one move of a locked deal, inside a command; undoing it twice changes nothing.

    Only the move by which it stands where it stands: one that other moves followed is a Conflict,
    even if the deal has come back to that stage.
    """
    entry = db.session.get(TimelineEntry, entry_id) if is_id(entry_id) else None
    if entry is None or entry.deal_id != deal.id or entry.kind != "deal.stage_changed":
        raise errors.NotFound
    if deal.stage_id == entry.data["from_stage_id"]:
        return
    here = deal.stage_entered_at.isoformat()
    if deal.stage_id != entry.data["to_stage_id"] or entry.data.get("entered_at", here) != here:
        raise errors.Conflict(_("This deal has moved on since. Here is how it stands now."))
    stage = db.session.get(Stage, entry.data["from_stage_id"])
    if stage is None or stage.archived_at is not None:
        raise errors.Conflict(_("That stage is no longer there."))
    since = datetime.fromisoformat(entry.data["from_entered_at"])
    move(actor, deal, stage, entry.data.get("from_lost_reason"), since, undo_of=entry_id)
    if entry.data.get("from_closed_at"):
        deal.closed_at = datetime.fromisoformat(entry.data["from_closed_at"])


@command
def archive_deal(actor: Viewer, deal_id: str) -> None:
    """Put a deal away."""
    deal = get(actor, Deal, deal_id, lock=True)
    records.archive(deal)
    index.forget(deal.id)
    record("deal.archived", actor.id, **_about(deal))


@command
def restore_deal(actor: Viewer, deal_id: str) -> None:
    """Bring an archived deal back."""
    deal = get(actor, Deal, deal_id, lock=True)
    records.restore(deal)
    _index(deal)
    record("deal.restored", actor.id, **_about(deal))


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
