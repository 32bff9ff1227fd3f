"""Invitations and resets: once, soon, and never in clear in the database."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from crm import errors
from crm.database import db
from crm.users.commands import deactivate_user, invite_user
from crm.users.links import accept_link, find_link, make_link
from crm.users.models import User, UserLink
from crm.users.passwords import is_password
from crm.users.sessions import find_viewer, open_session
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.people import NORTH

NEW = {"name": "Mina Sadri", "login": "mina@example.com", "role": "rep", "team_id": NORTH}
CHOSEN = {"password": "a good long one", "language": "fa"}


def test_an_invited_person_chooses_a_password_once(app: Flask, admin: Viewer) -> None:
    user_id, token = invite_user(admin, NEW)
    assert db.session.get_one(User, user_id).is_invited
    assert find_link(token).name == "Mina Sadri"
    assert accept_link(token, CHOSEN) == user_id
    user = db.session.get_one(User, user_id)
    assert is_password("a good long one", user.password_hash)
    assert user.language == "fa"
    with pytest.raises(errors.Gone):
        accept_link(token, CHOSEN)


def test_only_a_hash_of_the_token_is_kept(app: Flask, admin: Viewer) -> None:
    _user_id, token = invite_user(admin, NEW)
    kept = db.session.scalars(select(UserLink)).one()
    assert len(token) >= 43, "256 bits"
    assert token not in (kept.id, kept.token_hash, kept.purpose)


def test_an_invitation_lasts_a_day_and_a_reset_a_quarter_of_an_hour(
    app: Flask, admin: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    _user_id, invitation = invite_user(admin, NEW)
    _purpose, reset = make_link(admin, sara.id)
    clock.move(minutes=14)
    assert find_link(reset).purpose == "reset"
    clock.move(minutes=2)
    with pytest.raises(errors.Gone):
        find_link(reset)
    assert find_link(invitation)
    clock.move(hours=24)
    with pytest.raises(errors.Gone):
        accept_link(invitation, CHOSEN)


def test_a_new_link_voids_the_one_before(app: Flask, admin: Viewer) -> None:
    user_id, first = invite_user(admin, NEW)
    purpose, second = make_link(admin, user_id)
    assert purpose == "invitation"
    with pytest.raises(errors.Gone):
        find_link(first)
    assert find_link(second)


def test_a_reset_ends_every_session(app: Flask, admin: Viewer, sara: Viewer) -> None:
    token = open_session(sara, "A phone")
    accept_link(make_link(admin, sara.id)[1], CHOSEN)
    assert find_viewer(token) is None


def test_a_deactivated_persons_link_is_worthless(app: Flask, admin: Viewer, sara: Viewer) -> None:
    _purpose, token = make_link(admin, sara.id)
    deactivate_user(admin, sara.id)
    with pytest.raises(errors.Gone):
        find_link(token)
    with pytest.raises(errors.NotFound):
        make_link(admin, sara.id)


def test_who_was_imported_is_active_once_invited(
    app: Flask, admin: Viewer, clock: MovableClock
) -> None:
    imported = User(name="Anna Snelling", role="rep", is_active=False, created_at=clock.now())
    db.session.add(imported)
    db.session.commit()
    with pytest.raises(errors.Conflict):
        make_link(admin, imported.id)
    imported.email = "anna@example.com"
    db.session.commit()
    purpose, token = make_link(admin, imported.id)
    assert (purpose, find_link(token).name) == ("invitation", "Anna Snelling")


def test_an_unknown_token_is_not_there(app: Flask) -> None:
    with pytest.raises(errors.NotFound):
        find_link("x" * 43)


@pytest.mark.parametrize("password", ["short", "12345678", "password", "aaaaaaaaaaaa", "x" * 129])
def test_a_weak_password_is_refused_and_the_link_stays_good(
    app: Flask, admin: Viewer, password: str
) -> None:
    _user_id, token = invite_user(admin, NEW)
    with pytest.raises(errors.ValidationError) as refused:
        accept_link(token, {**CHOSEN, "password": password})
    assert "password" in refused.value.fields
    assert find_link(token)


def test_a_passwords_spaces_are_kept(app: Flask, admin: Viewer) -> None:
    user_id, token = invite_user(admin, NEW)
    accept_link(token, {**CHOSEN, "password": " kept to the letter "})
    kept = db.session.get_one(User, user_id).password_hash
    assert is_password(" kept to the letter ", kept)
    assert not is_password("kept to the letter", kept)


@pytest.mark.parametrize("name", ["sara", "leila"])
def test_only_an_admin_invites_and_makes_links(
    app: Flask, request: pytest.FixtureRequest, name: str, omid: Viewer
) -> None:
    person = request.getfixturevalue(name)
    with pytest.raises(errors.NotFound):
        invite_user(person, NEW)
    with pytest.raises(errors.NotFound):
        make_link(person, omid.id)
