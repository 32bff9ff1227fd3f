"""People's roles, teams, passwords and devices."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from crm import errors
from crm.administration.users import update_user
from crm.database import db
from crm.timeline.models import TimelineEntry
from crm.users.commands import deactivate_user, invite_user, reactivate_user, sign_user_out
from crm.users.devices import device_name
from crm.users.models import Team, User
from crm.users.profile import change_password, update_profile
from crm.users.queries import devices_of, visible_users
from crm.users.sessions import (
    end_other_sessions,
    end_session,
    find_viewer,
    keep_session,
    open_session,
    viewer_of,
)
from crm.users.sign_in import authenticate
from crm.users.teams import archive_team, create_team, update_team
from crm.users.viewer import Viewer, system_viewer
from tests.clock import MovableClock
from tests.factories import a_deal
from tests.people import NORTH, PASSWORD, SOUTH, email

PROFILE = {
    "name": "Sara A.",
    "email": "sara@example.com",
    "phone": "09123456789",
    "language": "fa",
    "calendar": "jalali",
    "timezone": "Asia/Tehran",
    "money_unit": "rial",
    "theme": "dark",
}


def a_user(person: Viewer, **changes: str) -> dict[str, str]:
    facts = {"name": person.name, "email": email(person), "role": person.role}
    return facts | ({"team_id": person.team_id} if person.team_id else {}) | changes


def kinds() -> list[str]:
    return list(db.session.scalars(select(TimelineEntry.kind).order_by(TimelineEntry.id)))


def test_the_last_admin_is_neither_deactivated_nor_demoted(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    with pytest.raises(errors.Conflict):
        update_user(admin, admin.id, a_user(admin, role="rep"))
    update_user(admin, sara.id, a_user(sara, role="admin"))
    other = viewer_of(sara.id)
    deactivate_user(other, admin.id)
    with pytest.raises(errors.Conflict):
        deactivate_user(other, other.id)
    with pytest.raises(errors.Conflict):
        update_user(other, other.id, a_user(sara, role="manager"))


def test_not_even_the_system_deactivates_the_last_admin(app: Flask, admin: Viewer) -> None:
    with pytest.raises(errors.Conflict):
        deactivate_user(system_viewer(admin.locale), admin.id)


def test_nobody_deactivates_himself(app: Flask, admin: Viewer, sara: Viewer) -> None:
    update_user(admin, sara.id, a_user(sara, role="admin"))
    with pytest.raises(errors.Conflict):
        deactivate_user(admin, admin.id)


def test_a_deactivated_person_is_out_at_once_and_can_come_back(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    token = open_session(sara, "A phone")
    deactivate_user(admin, sara.id)
    assert find_viewer(token) is None
    with pytest.raises(errors.ValidationError):
        authenticate(email(sara), PASSWORD, "127.0.0.1", "IR")
    reactivate_user(admin, sara.id)
    assert find_viewer(token) is None, "the old session stays dead"
    assert authenticate(email(sara), PASSWORD, "127.0.0.1", "IR").id == sara.id
    assert kinds()[-2:] == ["user.deactivated", "user.reactivated"]


def test_a_role_and_a_team_hold_from_the_next_request_on(
    app: Flask, admin: Viewer, nika: Viewer
) -> None:
    token = open_session(nika, "A phone")
    update_user(admin, nika.id, a_user(nika, role="manager", team_id=NORTH))
    seen = find_viewer(token)
    assert seen is not None
    assert (seen.role, seen.team_id) == ("manager", NORTH)


def test_his_records_follow_a_person_to_his_new_team(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    deal = a_deal(sara)
    update_user(admin, sara.id, a_user(sara, team_id=SOUTH))
    db.session.refresh(deal)
    assert (deal.owner_id, deal.team_id) == (sara.id, SOUTH)


def test_a_manager_made_a_rep_manages_no_team(app: Flask, admin: Viewer, leila: Viewer) -> None:
    update_user(admin, leila.id, a_user(leila, role="rep"))
    assert db.session.get_one(Team, NORTH).manager_id is None


def test_two_people_cannot_sign_in_with_one_address(app: Flask, admin: Viewer) -> None:
    with pytest.raises(errors.ValidationError) as refused:
        invite_user(admin, {"name": "X", "login": "SARA@example.com", "role": "rep"})
    assert "login" in refused.value.fields


def test_a_mobile_is_a_sign_in_in_any_digits(app: Flask, admin: Viewer) -> None:
    user_id, _token = invite_user(admin, {"name": "X", "login": "۰۹۱۲۳۴۵۶۷۸۹", "role": "rep"})
    assert db.session.get_one(User, user_id).phone == "+989123456789"


def test_a_person_sets_how_he_reads(app: Flask, sara: Viewer) -> None:
    update_profile(sara, PROFILE)
    seen = viewer_of(sara.id)
    assert (seen.name, seen.theme) == ("Sara A.", "dark")
    assert (seen.locale.language, seen.locale.calendar) == ("fa", "jalali")
    assert seen.locale.money_unit == "rial"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"language": "de"}, "language"),
        ({"email": "", "phone": ""}, "email"),
        ({"email": "omid@example.com"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"name": " "}, "name"),
        ({"role": "admin"}, "role"),
        ({"is_active": "0"}, "is_active"),
    ],
)
def test_a_profile_says_what_is_wrong_beside_the_field(
    app: Flask, sara: Viewer, change: dict[str, str], field: str
) -> None:
    with pytest.raises(errors.ValidationError) as refused:
        update_profile(sara, PROFILE | change)
    assert list(refused.value.fields) == [field]


def test_a_new_password_ends_the_other_sessions(app: Flask, sara: Viewer) -> None:
    here, there = open_session(sara, "This"), open_session(sara, "That")
    me = find_viewer(here)
    assert me is not None
    with pytest.raises(errors.ValidationError) as refused:
        change_password(me, {"old_password": "wrong one", "password": "a good long one"})
    assert "old_password" in refused.value.fields
    change_password(me, {"old_password": PASSWORD, "password": "a good long one"})
    assert find_viewer(here) is not None
    assert find_viewer(there) is None
    assert authenticate(email(sara), "a good long one", None, "IR").id == sara.id


def test_the_old_password_cannot_be_guessed_for_ever(app: Flask, sara: Viewer) -> None:
    for _try in range(10):
        with pytest.raises(errors.ValidationError):
            change_password(sara, {"old_password": "wrong one", "password": "a good long one"})
    with pytest.raises(errors.TooMany):
        change_password(sara, {"old_password": PASSWORD, "password": "a good long one"})


def test_a_session_slides_thirty_days_and_ends_after_ninety(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    token = open_session(sara, "A phone")
    for _month in range(3):
        clock.move(days=29)
        me = find_viewer(token)
        assert me is not None
        keep_session(me)
    clock.move(days=4)
    assert find_viewer(token) is None
    idle = open_session(sara, "Another")
    clock.move(days=30, seconds=1)
    assert find_viewer(idle) is None


def test_one_device_others_or_all_of_someone_are_signed_out(
    app: Flask, sara: Viewer, omid: Viewer, admin: Viewer
) -> None:
    tokens = [open_session(sara, name) for name in ("a", "b", "c")]
    me = find_viewer(tokens[0])
    assert me is not None
    other = next(d for d in devices_of(me) if d.device == "b")
    with pytest.raises(errors.NotFound):
        end_session(omid, other.id)
    end_session(me, other.id)
    assert find_viewer(tokens[1]) is None
    end_other_sessions(me)
    assert find_viewer(tokens[2]) is None
    assert [d.device for d in devices_of(me)] == ["a"]
    sign_user_out(admin, sara.id)
    assert find_viewer(tokens[0]) is None


def test_signing_in_again_ends_what_the_device_held(app: Flask, sara: Viewer) -> None:
    first = open_session(sara, "A phone")
    second = open_session(sara, "A phone", first)
    assert find_viewer(first) is None
    assert find_viewer(second) is not None


def test_a_team_is_archived_only_when_nobody_is_in_it(app: Flask, admin: Viewer) -> None:
    with pytest.raises(errors.Conflict):
        archive_team(admin, NORTH)
    team_id = create_team(admin, {"name": "East"})
    archive_team(admin, team_id)
    assert db.session.get_one(Team, team_id).archived_at is not None


def test_a_rep_manages_no_team(app: Flask, admin: Viewer, sara: Viewer, leila: Viewer) -> None:
    with pytest.raises(errors.ValidationError):
        update_team(admin, NORTH, {"name": "North", "manager_id": sara.id})
    update_team(admin, NORTH, {"name": "North", "manager_id": leila.id})
    assert not db.session.get_one(Team, NORTH).is_shared


def test_a_team_that_does_not_share_shows_a_rep_only_his_own(
    app: Flask, admin: Viewer, sara: Viewer, leila: Viewer
) -> None:
    update_team(admin, NORTH, {"name": "North", "manager_id": leila.id})
    assert viewer_of(sara.id).team_ids == ()
    assert viewer_of(leila.id).team_ids == (NORTH,)


def test_only_an_admin_lists_people(app: Flask, leila: Viewer, admin: Viewer) -> None:
    with pytest.raises(errors.NotFound):
        visible_users(leila)
    assert len(visible_users(admin)) == 6


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2) AppleWebKit/605 Version/17.2 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537 Edg/130", "Edge on Windows"),
        ("curl/8", "Unknown device"),
    ],
)
def test_a_device_is_called_as_people_call_it(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


def test_a_plus_alone_makes_no_phone_number(app: Flask, admin: Viewer) -> None:
    for login in ("+junk", "+", "+98<b>", "+0"):
        with pytest.raises(errors.ValidationError):
            invite_user(admin, {"name": "Somebody", "login": login, "role": "rep"})
