"""Who the tests are about: two teams, and each way of standing to somebody's record."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from crm import clock
from crm.company.models import Company
from crm.database import db, new_id
from crm.deals.stages import add_default_pipeline
from crm.i18n import Locale
from crm.users.models import Team, User, UserSession
from crm.users.passwords import hash_password
from crm.users.sessions import hash_token
from crm.users.viewer import Viewer

#: Everyone's password; hashed cheaply in tests.
PASSWORD = "correct horse battery"
#: The cookie over plain http, as tests speak it.
COOKIE = "session_id"
TEHRAN = Locale("en", "gregorian", "Asia/Tehran")


def _id(number: int) -> str:
    return f"01930000-0000-7000-8000-{number:012}"


COMPANY_ID, NORTH, SOUTH = _id(1), _id(2), _id(3)


def _viewer(number: int, name: str, role: str, team_id: str | None) -> Viewer:
    teams = (team_id,) if team_id else ()
    return Viewer(_id(number), name, role, team_id, teams, TEHRAN)


PEOPLE = {
    "sara": _viewer(11, "Sara Ahmadi", "rep", NORTH),
    "omid": _viewer(12, "Omid Karimi", "rep", NORTH),
    "leila": _viewer(13, "Leila Rahimi", "manager", NORTH),
    "nika": _viewer(14, "Nika Moradi", "rep", SOUTH),
    "reza": _viewer(15, "Reza Tehrani", "manager", SOUTH),
    "admin": _viewer(16, "Ada Min", "admin", None),
}


def email(person: Viewer) -> str:
    """Return what the person signs in with."""
    return f"{person.name.split()[0].lower()}@example.com"


def settle() -> None:
    """Write the company, its teams and its people into an empty database."""
    db.session.add(
        Company(
            id=COMPANY_ID,
            name="Example Trading",
            language=TEHRAN.language,
            calendar=TEHRAN.calendar,
            timezone=TEHRAN.timezone,
            currency="IRR",
            epoch=_id(9),
            created_at=clock.now(),
        )
    )
    teams = [Team(id=NORTH, name="North"), Team(id=SOUTH, name="South")]
    db.session.add_all(teams)
    db.session.flush()
    db.session.add_all(_user(person) for person in PEOPLE.values())
    db.session.flush()
    for team, manager in zip(teams, ("leila", "reza"), strict=True):
        team.manager_id = PEOPLE[manager].id
    add_default_pipeline()


def _user(person: Viewer) -> User:
    return User(
        id=person.id,
        name=person.name,
        email=email(person),
        role=person.role,
        team_id=person.team_id,
        password_hash=hash_password(PASSWORD),
        created_at=clock.now(),
    )


def session_cookie(person: Viewer) -> tuple[str, str]:
    """Open a session row for the person and return the cookie's name and value."""
    token = new_id()
    now = clock.now()
    db.session.add(
        UserSession(
            user_id=person.id,
            token_hash=hash_token(token),
            device="A phone",
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(days=30),
        )
    )
    db.session.commit()
    return COOKIE, token


def sign_in(client: FlaskClient, person: Viewer) -> None:
    """Give the client a session row of its own and the cookie that goes with it."""
    name, token = session_cookie(person)
    client.set_cookie(name, token)
