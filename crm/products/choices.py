"""The products a deal's form offers."""

from __future__ import annotations

from sqlalchemy import select

from crm.database import db
from crm.products.models import Product


def product_choices() -> list[tuple[str, str]]:
    """Return (id, name) of the products in use, by name."""
    rows = db.session.execute(
        select(Product.id, Product.name)
        .where(Product.archived_at.is_(None))
        .order_by(Product.match_key)
        .limit(500)
    )
    return [(row.id, row.name) for row in rows]
