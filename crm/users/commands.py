"""Writes about people: invite them, stop and start them, sign their devices out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select

from crm import clock, errors
from crm.database import command, db, new_id
from crm.i18n import _
from crm.schema import Key, OneOf, Schema, Str, load
from crm.timeline.record import record
from crm.users.credentials import refuse_taken, split_login
from crm.users.links import INVITATION, add_link, void_links
from crm.users.models import Role, Team, User
from crm.users.sessions import end_all_sessions
from crm.users.viewer import Viewer, require_admin


class InviteSchema(Schema):
    name = Str(120, required=True)
    login = Str(254, required=True)
    role = OneOf(Role, required=True)
    team_id = Key()


def lock_user(actor: Viewer, user_id: str) -> User:
    """Return the user locked, inside a command of an admin. Raises NotFound for anyone else.

    Every admin is held with him, in the order of their ids: two admins who stop each other at one
    moment neither wait in a ring nor both find another admin left.
    """
    require_admin(actor)
    held = db.session.scalars(
        select(User)
        .where(or_(User.id == user_id, User.role == Role.ADMIN))
        .order_by(User.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    user = next((one for one in held.all() if one.id == user_id), None)
    if user is None:
        raise errors.NotFound
    return user


def check_team(team_id: str | None) -> None:
    """Raise ValidationError unless this is a team in use, or none."""
    if team_id is None:
        return
    team = db.session.get(Team, team_id)
    if team is None or team.archived_at is not None:
        raise errors.ValidationError({"team_id": [_("Choose one of those offered.")]})


def lead_team(user: User) -> None:
    """Make a manager the manager of his team if it has none."""
    team = db.session.get(Team, user.team_id) if user.team_id else None
    if team is not None and team.manager_id is None and user.role == Role.MANAGER:
        team.manager_id = user.id


@command
def invite_user(actor: Viewer, payload: Mapping[str, Any]) -> tuple[str, str]:
    """Add a person and return (user id, token of his one-time invitation)."""
    require_admin(actor)
    data = load(InviteSchema(), payload)
    email, phone = split_login(data["login"], actor.locale.region)
    refuse_taken({"email": email, "phone": phone}, None, "login")
    check_team(data.get("team_id"))
    user = User(
        id=new_id(),
        name=data["name"],
        email=email,
        phone=phone,
        role=data["role"],
        team_id=data.get("team_id"),
        created_at=clock.now(),
    )
    db.session.add(user)
    db.session.flush()
    lead_team(user)
    token = add_link(user.id, INVITATION)
    record("user.invited", actor.id, user_id=user.id, data={"role": user.role})
    return user.id, token


def refuse_last_admin(user: User) -> None:
    """Raise Conflict when nobody could administer without this user, whom `lock_user` returned."""
    if user.role != Role.ADMIN or not user.is_active:
        return
    others = select(User.id).where(
        User.role == Role.ADMIN,
        User.is_active,
        User.password_hash.is_not(None),
        User.id != user.id,
    )
    if db.session.scalar(others.limit(1)) is None:
        raise errors.Conflict(_("This is the last admin. Make someone else an admin first."))


def deactivate(actor: Viewer, user: User) -> None:
    """Stop a locked user inside a command: no sign-in, no session, no open link."""
    if user.id == actor.id:
        raise errors.Conflict(_("You cannot deactivate yourself."))
    refuse_last_admin(user)
    if not user.is_active:
        return
    user.is_active = False
    end_all_sessions(user.id)
    void_links(user.id)
    record("user.deactivated", actor.id, user_id=user.id)


@command
def deactivate_user(actor: Viewer, user_id: str) -> None:
    """Stop a person: all his devices are signed out at once. Not oneself, not the last admin."""
    deactivate(actor, lock_user(actor, user_id))


@command
def reactivate_user(actor: Viewer, user_id: str) -> None:
    """Let a person in again, with the password he had."""
    user = lock_user(actor, user_id)
    if user.is_active:
        return
    user.is_active = True
    record("user.reactivated", actor.id, user_id=user.id)


@command
def sign_user_out(actor: Viewer, user_id: str) -> None:
    """End every session of a person, at once."""
    user = lock_user(actor, user_id)
    end_all_sessions(user.id)
    record("user.signed_out_everywhere", actor.id, user_id=user.id)
