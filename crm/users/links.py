"""One-time links that an admin hands over: an invitation, or the way to a new password."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from crm import clock, errors
from crm.database import command, db
from crm.i18n import _
from crm.schema import OneOf, Schema, load
from crm.timeline.record import record
from crm.users.credentials import Password
from crm.users.models import User, UserLink
from crm.users.passwords import hash_password
from crm.users.sessions import end_all_sessions, hash_token
from crm.users.viewer import Viewer, require_admin

INVITATION, RESET = "invitation", "reset"
LIFETIME = {INVITATION: timedelta(hours=24), RESET: timedelta(minutes=15)}


class JoinSchema(Schema):
    password = Password(required=True)
    language = OneOf(("en", "fa"), required=True)


@dataclass(frozen=True)
class OpenLink:
    """A link that can still be used, and whose it is."""

    user_id: str
    name: str
    login: str
    purpose: str
    language: str | None


def void_links(user_id: str) -> None:
    """Make the user's unused links worthless; call it inside a command."""
    db.session.execute(
        update(UserLink)
        .where(UserLink.user_id == user_id, UserLink.used_at.is_(None))
        .values(used_at=clock.now())
    )


def add_link(user_id: str, purpose: str) -> str:
    """Write a fresh link, which voids the ones before it, and return its token: only now is it
    known. Call it inside a command."""
    void_links(user_id)
    token, now = secrets.token_urlsafe(32), clock.now()
    db.session.add(
        UserLink(
            user_id=user_id,
            purpose=purpose,
            token_hash=hash_token(token),
            created_at=now,
            expires_at=now + LIFETIME[purpose],
        )
    )
    return token


@command
def make_link(actor: Viewer, user_id: str) -> tuple[str, str]:
    """Return (purpose, token) of a fresh one-time link: an invitation until he has a password,
    then a reset. An invitation makes active whom an import brought in.

    Raises NotFound for a person who is not there or deactivated, Conflict for one who has nothing
    to sign in with.
    """
    require_admin(actor)
    user = db.session.get(User, user_id)
    if user is None or (user.password_hash and not user.is_active):
        raise errors.NotFound
    if not user.email and not user.phone:
        raise errors.Conflict(_("Add an e-mail address or a mobile number first."))
    purpose = RESET if user.password_hash else INVITATION
    user.is_active = True
    token = add_link(user.id, purpose)
    record(f"user.{purpose}_made", actor.id, user_id=user.id)
    return purpose, token


def find_link(token: str) -> OpenLink:
    """Return the link. Raises NotFound for one that never was, Gone for a used or old one."""
    link, user = _look(token)
    return OpenLink(user.id, user.name, user.email or user.phone or "", link.purpose, user.language)


def _look(token: str, *, lock: bool = False) -> tuple[UserLink, User]:
    wanted = (
        select(UserLink, User)
        .join(User, User.id == UserLink.user_id)
        .where(UserLink.token_hash == hash_token(token[:100]))
    )
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = db.session.execute(wanted).first()
    if found is None:
        raise errors.NotFound
    link, user = found
    if link.used_at is not None or link.expires_at <= clock.now() or not user.is_active:
        raise errors.Gone(_("This link was used or has run out. Ask your admin for a new one."))
    return link, user


def accept_link(token: str, payload: Mapping[str, Any]) -> str:
    """Set the password and the language that the person chose; return his id.

    Raises as `find_link` does, and ValidationError. The hash is made before the transaction, so
    that a slow one holds nobody up.
    """
    find_link(token)
    data = load(JoinSchema(), payload)
    return _use_link(None, token, hash_password(data["password"]), data["language"])


@command
def _use_link(_actor: None, token: str, password_hash: str, language: str) -> str:
    link, user = _look(token, lock=True)
    user.password_hash, user.language = password_hash, language
    void_links(user.id)
    end_all_sessions(user.id)
    kind = "user.joined" if link.purpose == INVITATION else "user.password_reset"
    record(kind, user.id, user_id=user.id)
    return user.id
