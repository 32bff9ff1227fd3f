"""Accounts (customer organisations) and contacts (the people at them)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Folded, Ref
from crm.users.ownership import Owned


class Reachable:
    """What accounts, contacts and leads share: how to reach them and what they care for.

    `phones` and `emails` are lists of {"value", "label"}; phones in E.164.
    """

    phones: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    emails: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    website: Mapped[str | None]
    address: Mapped[str | None]
    city: Mapped[str | None]
    country: Mapped[str | None]
    source: Mapped[str | None]
    interests: Mapped[str | None]
    needs: Mapped[str | None]
    language: Mapped[str | None]
    description: Mapped[str | None]
    last_activity_at: Mapped[datetime | None]

    @property
    def phone(self) -> str | None:
        """The first phone, in E.164."""
        return str(self.phones[0]["value"]) if self.phones else None

    @property
    def email(self) -> str | None:
        """The first e-mail address."""
        return str(self.emails[0]["value"]) if self.emails else None


def _dated(table: str, column: str) -> Index:
    """An index for «whose day is it», over the few rows that have one.

    The day comes first: the worker asks for everybody's, a person for his own.
    """
    return Index(
        f"ix_{table}_{column}",
        column,
        "owner_id",
        sqlite_where=text(f"{column} IS NOT NULL"),
        postgresql_where=text(f"{column} IS NOT NULL"),
    )


class Account(Reachable, Owned, Base):
    """A customer organisation. Never a login."""

    __tablename__ = "account"
    __table_args__ = (
        _dated("account", "customer_since"),
        _dated("account", "contract_ends_on"),
        Index(None, "owner_id", "name_folded", "id"),
        Index(None, "team_id", "name_folded", "id"),
        Index(None, "name_folded", "id"),
        Index(None, "import_key"),
        Index(
            "ix_account_website",
            "website",
            sqlite_where=text("website IS NOT NULL"),
            postgresql_where=text("website IS NOT NULL"),
        ),
    )

    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(Folded)
    industry: Mapped[str | None]
    employees: Mapped[int | None]
    annual_revenue: Mapped[int | None]
    founded: Mapped[int | None]
    customer_since: Mapped[date | None]
    contract_ends_on: Mapped[date | None]
    parent_id: Mapped[Ref | None] = mapped_column(ForeignKey("account.id"), index=True)


class Contact(Reachable, Owned, Base):
    """A person, usually at an account."""

    __tablename__ = "contact"
    __table_args__ = (
        _dated("contact", "birthday"),
        _dated("contact", "customer_since"),
        Index(None, "owner_id", "name_folded", "id"),
        Index(None, "team_id", "name_folded", "id"),
        Index(None, "name_folded", "id"),
        Index(None, "account_id", "name_folded"),
        Index(None, "import_key"),
    )

    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(Folded)
    account_id: Mapped[Ref | None] = mapped_column(ForeignKey("account.id"))
    job_title: Mapped[str | None]
    birthday: Mapped[date | None]
    customer_since: Mapped[date | None]
