"""Reads of the company's own settings."""

from __future__ import annotations

from sqlalchemy import select

from crm.company.models import Company
from crm.database import db
from crm.errors import NotFound


def find_company() -> Company | None:
    """Return the company, or None before set-up."""
    return db.session.scalars(select(Company)).first()


def is_set_up() -> bool:
    """Tell whether there is a company, also in a database of an older Hamrah."""
    return db.session.scalars(select(Company.id)).first() is not None


def get_company() -> Company:
    """Return the company. Raises NotFound before set-up."""
    company = find_company()
    if company is None:
        raise NotFound
    return company
