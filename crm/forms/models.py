"""Web forms that an admin builds, and each that a visitor sent, with what he agreed to."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref
from crm.i18n import N_

#: What a form can ask, in the order of a new one; a name is always asked.
FIELD_NAMES = {
    "name": N_("Name"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "company": N_("Company"),
    "job_title": N_("Job"),
    "city": N_("City"),
    "needs": N_("What do you need?"),
    "interests": N_("What are you interested in?"),
}
COLOURS = {
    "plum": N_("Plum"),
    "teal": N_("Teal"),
    "blue": N_("Blue"),
    "green": N_("Green"),
    "amber": N_("Amber"),
}
#: Nothing in it can be taken for something else when read off a poster.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_SLUG_LENGTH = 10


class State(StrEnum):
    TAKEN = "taken"
    WAITING = "waiting"
    DROPPED = "dropped"


def new_slug() -> str:
    """Return the end of a form's address, which nobody guesses."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_SLUG_LENGTH))


class Form(Base):
    """A form on a public address. It is switched off, never deleted: its address is printed."""

    __tablename__ = "form"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(unique=True, default=new_slug)
    title: Mapped[str]
    language: Mapped[str]
    #: {"name", "is_required"} in the order they are asked.
    fields: Mapped[list[dict[str, Any]]]
    button: Mapped[str | None]
    thanks: Mapped[str | None]
    colour: Mapped[str] = mapped_column(default="plum")
    consent: Mapped[str | None]
    #: Rises whenever the words of the consent change.
    consent_version: Mapped[int] = mapped_column(default=1)
    #: Who sends it asks for a quote: that counts on its own.
    asks_quote: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class FormSubmission(Base):
    """What one visitor sent: a lead at once, or waiting for somebody to look at it."""

    __tablename__ = "form_submission"
    __table_args__ = (
        Index(None, "form_id", "state", "at"),
        Index(None, "state", "at"),
        Index(None, "lead_id"),
    )

    id: Mapped[Key]
    form_id: Mapped[Ref] = mapped_column(ForeignKey("form.id"))
    at: Mapped[datetime]
    state: Mapped[str]
    #: With the lead goes what he typed.
    lead_id: Mapped[Ref | None] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    #: Whose code he scanned.
    owner_id: Mapped[Ref | None] = mapped_column(ForeignKey("user.id"))
    #: Who he is on the company's website, if he let himself be known (crm/tracking/).
    visitor_id: Mapped[Ref | None]
    fields: Mapped[dict[str, Any]]
    origin: Mapped[dict[str, Any]]
    #: Why it waits: keys of crm.forms.rules.REASONS.
    reasons: Mapped[list[str]]
    consent_text: Mapped[str | None]
    consent_version: Mapped[int | None]
    consent_at: Mapped[datetime | None]
