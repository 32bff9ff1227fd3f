"""Signing in with a password, and the limits against guessing."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from crm import clock, errors
from crm.database import command, db
from crm.i18n import _, fold, parse_phone
from crm.networks import network_of
from crm.users.models import SignInAttempt, User
from crm.users.passwords import is_password
from crm.users.viewer import Viewer

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_NETWORK = 100


def login_name(text: str, region: str) -> str:
    """Return an e-mail address folded, or a phone in E.164, as sign-in compares them."""
    text = text.strip()
    if "@" not in text:
        try:
            return parse_phone(text, region)
        except ValueError:
            pass
    return fold(text)


def _subject(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode()).hexdigest()[:32]


def _refuse_guessing(limits: dict[str, int], already: int) -> None:
    """Raise TooMany where a subject has more tries behind it, `already` noted ones included."""
    since = clock.now() - WINDOW
    tries = dict(
        db.session.execute(
            select(SignInAttempt.subject, func.count())
            .where(SignInAttempt.subject.in_(limits), SignInAttempt.at > since)
            .group_by(SignInAttempt.subject)
        ).all()
    )
    if any(tries.get(subject, 0) - already >= most for subject, most in limits.items()):
        raise errors.TooMany(
            _("Too many tries. Wait a quarter of an hour, then try again."),
            int(WINDOW.total_seconds()),
        )


@command
def _note_try(_actor: Any, subjects: tuple[str, ...]) -> None:
    now = clock.now()
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - WINDOW))
    for subject in subjects:
        db.session.add(SignInAttempt(subject=subject, at=now))


@command
def _forget_tries(_actor: Any, subject: str) -> None:
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.subject == subject))


def _count_try(actor: Any, limits: dict[str, int]) -> None:
    """Note a try before it is made, or raise TooMany.

    Counted once more after it was noted: of many guesses at one moment each has seen too few
    others before, but none too few after.
    """
    _refuse_guessing(limits, 0)
    _note_try(actor, tuple(limits))
    _refuse_guessing(limits, 1)


def authenticate(name: str, password: str, address: str | None, region: str) -> User:
    """Return the user whose password this is.

    The try is written down before the password is looked at, so that a crash or a race cannot
    give free guesses. Raises ValidationError, with one sentence whoever is unknown or wrong, and
    TooMany after 10 tries an account or 100 a network in 15 minutes.
    """
    wanted = login_name(name, region)
    network = network_of(address, of_ipv4=32, of_ipv6=64)
    account, network = _subject("account", wanted), _subject("net", network)
    _count_try(None, {account: PER_ACCOUNT, network: PER_NETWORK})
    column = User.email if "@" in wanted else User.phone
    user = db.session.scalars(select(User).where(column == wanted, User.is_active)).first()
    kept = user.password_hash if user else None
    if not is_password(password, kept) or user is None:
        raise errors.ValidationError(_("That name and password do not go together."))
    _forget_tries(None, account)
    return user


def confirm_password(viewer: Viewer, password: str) -> bool:
    """Tell whether this is the viewer's own password, with the same limit against guessing."""
    subject = _subject("confirm", viewer.id)
    _count_try(viewer, {subject: PER_ACCOUNT})
    kept = db.session.scalar(select(User.password_hash).where(User.id == viewer.id))
    if not is_password(password, kept):
        return False
    _forget_tries(viewer, subject)
    return True
