"""People who sign in, their teams, their devices and the one-time links handed to them."""

from __future__ import annotations

import base64
import secrets
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref


def new_outbox_key() -> str:
    """Return 256 random bits in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


class Role(StrEnum):
    REP = "rep"
    MANAGER = "manager"
    ADMIN = "admin"


class Team(Base):
    """People who sell together; `is_shared` lets its reps see each other's records."""

    __tablename__ = "team"

    id: Mapped[Key]
    name: Mapped[str]
    manager_id: Mapped[Ref | None] = mapped_column(
        ForeignKey("user.id", use_alter=True), index=True
    )
    is_shared: Mapped[bool] = mapped_column(default=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None]


class User(Base):
    """A rep, manager or admin. Without a password he cannot sign in yet: he was only invited."""

    __tablename__ = "user"

    id: Mapped[Key]
    name: Mapped[str]
    #: What he signs in with: an e-mail address or a phone in E.164, folded.
    email: Mapped[str | None] = mapped_column(unique=True)
    phone: Mapped[str | None] = mapped_column(unique=True)
    role: Mapped[str]
    team_id: Mapped[Ref | None] = mapped_column(ForeignKey("team.id"), index=True)
    language: Mapped[str | None]
    calendar: Mapped[str | None]
    timezone: Mapped[str | None]
    money_unit: Mapped[str | None]
    theme: Mapped[str] = mapped_column(default="auto")
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    #: The first and the last day on which no lead comes to him; no last day: until he says so.
    away_from: Mapped[date | None]
    away_until: Mapped[date | None]
    #: Who is told in his place then; nobody named: his manager.
    cover_id: Mapped[Ref | None]
    #: Locks what waits on his phones: handed out at sign-in, dropped there at sign-out. Kept here,
    #: so that it survives a restore.
    outbox_key: Mapped[str | None] = mapped_column(default=new_outbox_key)

    @property
    def is_invited(self) -> bool:
        """Whether he is active but has not chosen a password yet."""
        return self.is_active and self.password_hash is None


class UserSession(Base):
    """One signed-in device. Only a hash of its token is kept."""

    __tablename__ = "user_session"

    id: Mapped[Key]
    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    device: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    #: The phone was lost: its next request is told to clear itself.
    wipe_requested_at: Mapped[datetime | None]
    wiped_at: Mapped[datetime | None]


class UserLink(Base):
    """A one-time invitation or password reset, handed over by an admin. Only a hash is kept."""

    __tablename__ = "user_link"

    id: Mapped[Key]
    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"), index=True)
    purpose: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A failed sign-in, counted by account and by network; swept after its window."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "subject", "at"),)

    id: Mapped[Key]
    #: A hash of the account name or of the network: nobody's name stands here in clear.
    subject: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
