"""Reads of products. Everybody sees them all: they belong to the company."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from crm.database import db
from crm.errors import NotFound
from crm.products.models import Product, match_key
from crm.users.viewer import Viewer


def visible_products(_viewer: Viewer, *, archived: bool = False) -> Sequence[Product]:
    """Return the products in alphabetical order, without the archived ones unless asked."""
    products = select(Product).order_by(Product.match_key)
    if not archived:
        products = products.where(Product.archived_at.is_(None))
    return db.session.scalars(products).all()


def get_product(_viewer: Viewer, product_id: str) -> Product:
    """Return the product, archived or not. Raises NotFound."""
    product = db.session.get(Product, product_id)
    if product is None:
        raise NotFound
    return product


def match_products(_viewer: Viewer, names: Iterable[str]) -> dict[str, Product]:
    """Return {match key: product} for names as they are written: "GTXPro" finds "GTX Pro"."""
    keys = {match_key(name) for name in names if name}
    if not keys:
        return {}
    found = db.session.scalars(select(Product).where(Product.match_key.in_(keys)))
    return {product.match_key: product for product in found}
