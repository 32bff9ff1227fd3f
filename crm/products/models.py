"""What the company sells."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Folded, Key, Money
from crm.i18n import fold


def match_key(name: str) -> str:
    """Return the form in which "GTXPro" and "GTX Pro" are one product."""
    return fold(name).replace(" ", "")


class Product(Base):
    """A thing with a list price; `match_key` is its folded name without spaces."""

    __tablename__ = "product"

    id: Mapped[Key]
    name: Mapped[str]
    code: Mapped[str | None]
    family: Mapped[str | None]
    amount: Mapped[Money | None]
    currency: Mapped[str]
    match_key: Mapped[str] = mapped_column(Folded, unique=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
