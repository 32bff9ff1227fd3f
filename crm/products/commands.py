"""Writes of products: create, change, archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from crm import clock, errors
from crm.database import command, db
from crm.i18n import _
from crm.products.models import Product, match_key
from crm.schema import Key, Priced, Str, load
from crm.timeline.record import record
from crm.users.viewer import Viewer


class ProductSchema(Priced):
    id = Key()
    name = Str(200, required=True)
    code = Str(60)
    family = Str(100)


def _taken(key: str, product_id: str | None = None) -> None:
    other = db.session.scalars(select(Product).where(Product.match_key == key)).first()
    if other is not None and other.id != product_id:
        raise errors.ValidationError({"name": [_("There is a product of this name already.")]})


def _get(actor: Viewer, product_id: str) -> Product:
    if not actor.is_manager:
        raise errors.NotAllowed(_("Only managers change products."))
    product = db.session.get(Product, product_id, with_for_update=True, populate_existing=True)
    if product is None:
        raise errors.NotFound
    return product


@command
def create_product(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Create a product and return its id. An id that exists already is answered with itself.

    Raises ValidationError when there is one whose name differs in spaces or case only.
    """
    if not actor.is_manager:
        raise errors.NotAllowed(_("Only managers change products."))
    data = load(ProductSchema(), payload)
    if data.get("id") and db.session.get(Product, data["id"]) is not None:
        return str(data["id"])
    key = match_key(data["name"])
    _taken(key)
    data["currency"] = data.get("currency") or actor.currency
    product = Product(
        match_key=key,
        created_at=clock.now(),
        **{name: value for name, value in data.items() if name != "id" or value},
    )
    db.session.add(product)
    db.session.flush()
    record("product.created", actor.id, data={"product_id": product.id, "name": product.name})
    return product.id


@command
def update_product(actor: Viewer, product_id: str, payload: Mapping[str, Any]) -> None:
    """Change a product; deals that name it keep their own amounts."""
    product = _get(actor, product_id)
    data = load(ProductSchema(exclude=("id",)), payload, partial=True)
    if data.get("currency") is None:
        data.pop("currency", None)
    if "name" in data:
        _taken(match_key(data["name"]), product.id)
        product.match_key = match_key(data["name"])
    changed = {}
    for name, value in data.items():
        before = getattr(product, name)
        if before != value:
            setattr(product, name, value)
            changed[name] = [before, value]
    if changed:
        record("product.changed", actor.id, data={"product_id": product.id, "changed": changed})


@command
def archive_product(actor: Viewer, product_id: str) -> None:
    """Stop offering a product; deals that name it keep it."""
    product = _get(actor, product_id)
    if product.archived_at is None:
        product.archived_at = clock.now()
        record("product.archived", actor.id, data={"product_id": product.id, "name": product.name})


@command
def restore_product(actor: Viewer, product_id: str) -> None:
    """Offer an archived product again."""
    product = _get(actor, product_id)
    if product.archived_at is not None:
        product.archived_at = None
        record("product.restored", actor.id, data={"product_id": product.id, "name": product.name})
