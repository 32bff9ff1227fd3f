"""The products a deal's form offers."""

from __future__ import annotations

from sqlalchemy import or_, select

from crm.database import db
from crm.products.models import Product


def product_choices(also: str | None = None) -> list[tuple[str, str]]:
    """Return (id, name) of the products in use, by name, and of the one that the deal has."""
    rows = db.session.execute(
        select(Product.id, Product.name)
        .where(or_(Product.archived_at.is_(None), Product.id == also))
        .order_by(Product.match_key)
        .limit(500)
    )
    return [(row.id, row.name) for row in rows]
