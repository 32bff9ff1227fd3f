"""Device sessions: from a cookie's token to the viewer; the commands that open and end one."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from crm import clock, errors
from crm.company.models import Company
from crm.database import command, db
from crm.i18n import Locale, _
from crm.timeline.record import record
from crm.users.models import Role, Team, User, UserSession
from crm.users.viewer import Viewer, require_admin

IDLE = timedelta(days=30)
LONGEST = timedelta(days=90)


def hash_token(token: str) -> str:
    """Return what is kept of a token (256 random bits, so that plain SHA-256 is enough)."""
    return hashlib.sha256(token.encode()).hexdigest()


VIEWER_COLUMNS = (
    User.id,
    User.name,
    User.role,
    User.team_id,
    User.theme,
    User.language,
    User.calendar,
    User.timezone,
    User.money_unit,
    Team.is_shared,
    Company.language.label("c_language"),
    Company.calendar.label("c_calendar"),
    Company.timezone.label("c_timezone"),
    Company.money_unit.label("c_money_unit"),
    Company.region,
    Company.currency,
    Company.quiet_days,
)
#: Built once: every request waits for it.
_BY_TOKEN = (
    select(UserSession.id.label("session_id"), UserSession.seen_at, *VIEWER_COLUMNS)
    .join(User, User.id == UserSession.user_id)
    .outerjoin(Team, Team.id == User.team_id)
    .join(Company, Company.id.is_not(None))
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > bindparam("now"),
        User.is_active,
    )
)


def find_viewer(token: str | None) -> Viewer | None:
    """Return who holds this token now, or None: unknown, run out, revoked or deactivated."""
    if not token or len(token) > 100:
        return None
    row = (
        db.session.connection()
        .execute(_BY_TOKEN, {"token_hash": hash_token(token), "now": clock.now()})
        .first()
    )
    return (
        None
        if row is None
        else replace(_viewer(row), session_id=row.session_id, seen_at=row.seen_at)
    )


def viewer_of(user_id: str) -> Viewer:
    """Return the viewer that this user is, without a session. Raises NotFound."""
    found = viewers_of([user_id])
    if not found:
        raise errors.NotFound
    return found[user_id]


def viewers_of(user_ids: Collection[str]) -> dict[str, Viewer]:
    """Return by id the viewers that these users are, without sessions; who is unknown is left out.

    For twenty at once it asks no more often than for one."""
    rows = db.session.execute(
        select(*VIEWER_COLUMNS)
        .select_from(User)
        .outerjoin(Team, Team.id == User.team_id)
        .join(Company, Company.id.is_not(None))
        .where(User.id.in_(list(user_ids)))
    ).all()
    managed: dict[str | None, list[str]] = defaultdict(list)
    if managers := [row.id for row in rows if row.role == Role.MANAGER]:
        teams = select(Team.manager_id, Team.id).where(Team.manager_id.in_(managers))
        for manager_id, team_id in db.session.execute(teams.order_by(Team.id)):
            managed[manager_id].append(team_id)
    return {row.id: viewer_from(row, managed[row.id]) for row in rows}


def _viewer(row: Any) -> Viewer:
    if row.role != "manager":
        return viewer_from(row)
    return viewer_from(row, db.session.scalars(select(Team.id).where(Team.manager_id == row.id)))


def viewer_from(row: Any, managed: Iterable[str] = ()) -> Viewer:
    """Return the viewer that a row of VIEWER_COLUMNS is, with the teams that he leads."""
    teams = [row.team_id] if row.team_id and row.is_shared else []
    teams += [team_id for team_id in managed if team_id not in teams]
    locale = Locale(
        language=row.language or row.c_language,
        calendar=row.calendar or row.c_calendar,
        timezone=row.timezone or row.c_timezone,
        money_unit=row.money_unit or row.c_money_unit,
        region=row.region,
    )
    return Viewer(
        row.id,
        row.name,
        row.role,
        row.team_id,
        tuple(teams),
        locale,
        row.currency,
        row.theme,
        quiet_days=row.quiet_days,
    )


def _open(user_id: str, device: str) -> str:
    token = secrets.token_urlsafe(32)
    now = clock.now()
    db.session.add(
        UserSession(
            user_id=user_id,
            token_hash=hash_token(token),
            device=device[:200],
            created_at=now,
            seen_at=now,
            expires_at=now + IDLE,
        )
    )
    return token


@command
def open_session(actor: Viewer, device: str, old_token: str | None = None) -> str:
    """Sign the actor in on one device and return the token for its cookie.

    `old_token` is what that device held before: it ends here, so that no older one stays valid.
    """
    if old_token:
        db.session.execute(
            update(UserSession)
            .where(
                UserSession.token_hash == hash_token(old_token[:100]),
                UserSession.revoked_at.is_(None),
            )
            .values(revoked_at=clock.now())
        )
    token = _open(actor.id, device)
    record("user.signed_in", actor.id, user_id=actor.id, data={"device": device[:80]})
    return token


@command
def end_session(actor: Viewer, session_id: str, user_id: str | None = None) -> None:
    """Sign one of the actor's own devices out, at once, or for an admin one of anybody's.

    What waits on it stays there, locked. Raises NotFound for another's, and for one signed out.
    """
    revoke_session(actor, session_id, user_id or actor.id)
    record("user.signed_out", actor.id, user_id=user_id or actor.id)


def revoke_session(actor: Viewer, session_id: str, user_id: str, **more: Any) -> None:
    """End one session of a person and note `more` in it; call it inside a command.

    One's own, or for an admin anyone's. Raises NotFound, also for one that was signed out before.
    """
    if user_id != actor.id:
        require_admin(actor)
    ended = db.session.scalar(
        update(UserSession)
        .where(
            UserSession.id == session_id,
            UserSession.user_id == user_id,
            UserSession.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now(), **more)
        .returning(UserSession.id)
    )
    if ended is None:
        raise errors.NotFound(_("This device is signed out already."))


@command
def keep_session(actor: Viewer) -> None:
    """Move the session's end ahead, to at most 90 days after sign-in."""
    session = db.session.get(UserSession, actor.session_id)
    if session is not None and session.revoked_at is None:
        session.seen_at = clock.now()
        session.expires_at = min(session.seen_at + IDLE, session.created_at + LONGEST)


@command
def end_other_sessions(actor: Viewer) -> None:
    """Sign out all of the actor's devices but the one in his hand."""
    end_sessions_but(actor.id, actor.session_id)
    record("user.signed_out_elsewhere", actor.id, user_id=actor.id)


def end_sessions_but(user_id: str, session_id: str | None) -> None:
    """End a user's sessions except one; call it inside the command that makes them invalid."""
    others = UserSession.id != session_id if session_id else UserSession.id.is_not(None)
    db.session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None), others)
        .values(revoked_at=clock.now())
    )


def owner_of(token: str | None) -> str | None:
    """Return whose session this token was, also after its end; it lets nobody in."""
    if not token or len(token) > 100:
        return None
    return db.session.scalar(
        select(UserSession.user_id).where(UserSession.token_hash == hash_token(token))
    )


def end_all_sessions(user_id: str) -> None:
    """End every session of a user; call it inside the command that makes them invalid."""
    db.session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )
