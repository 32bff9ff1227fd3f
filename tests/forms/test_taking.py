"""What a visitor sends is a lead once; what looks odd waits for a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm import errors
from crm.database import db, new_id
from crm.forms.commands import create_form, switch_form, update_form
from crm.forms.models import Form, FormSubmission
from crm.forms.queries import count_waiting, submissions_of, waiting
from crm.forms.taking import (
    Sent,
    accept_submission,
    drop_submission,
    put_back_submission,
    take_submission,
)
from crm.i18n import Locale
from crm.leads.models import Lead
from crm.timeline.models import TimelineEntry
from crm.users.commands import deactivate_user
from crm.users.viewer import Viewer, system_viewer
from tests.clock import MovableClock
from tests.factories import a_form, a_submission

HAMRAH = system_viewer(Locale("fa", "jalali", "Asia/Tehran"))
NEDA = {"name": "Neda Amiri", "phone": "0912 123 4567", "needs": "Forty seats"}


@pytest.fixture
def form(app: Flask, admin: Viewer) -> Form:
    return a_form(admin, "Contact us", source="Website", consent="You may call me.")


def send(form: Form, **more: Any) -> FormSubmission:
    given = {"fields": NEDA, "consent": str(form.consent_version), "submission_id": new_id()}
    submission_id = take_submission(HAMRAH, form.id, Sent(**{**given, **more}))
    return db.session.get_one(FormSubmission, submission_id)


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.mission(3, 27, 28)
def test_a_form_is_a_scored_lead_with_where_it_came_from_and_what_was_agreed_to(
    form: Form, clock: MovableClock
) -> None:
    sent = send(form, origin={"utm_source": "instagram", "utm_campaign": "spring", "odd": "x"})
    lead = db.session.get_one(Lead, sent.lead_id)
    assert (lead.name, lead.phone, lead.needs) == ("Neda Amiri", "+989121234567", "Forty seats")
    assert (lead.source, lead.language, lead.owner_id) == ("Website", "en", None)
    assert lead.score == 36
    assert lead.first_touch == {"utm_source": "instagram", "utm_campaign": "spring"}
    assert (sent.state, sent.consent_text, sent.consent_version) == ("taken", "You may call me.", 1)
    assert sent.consent_at == clock.now()
    entry = db.session.scalars(select(TimelineEntry).where(TimelineEntry.lead_id == lead.id)).one()
    assert (entry.kind, entry.data) == (
        "lead.captured",
        {"source": "Website", "form": "Contact us"},
    )


def test_a_form_that_asks_for_a_quote_counts_for_both(app: Flask, admin: Viewer) -> None:
    sent = send(a_form(admin, asks_quote=True))
    assert db.session.get_one(Lead, sent.lead_id).score == 60


def test_a_second_tap_is_the_same_lead(form: Form) -> None:
    tap = new_id()
    assert send(form, submission_id=tap).id == send(form, submission_id=tap).id == tap
    assert (count(Lead), count(FormSubmission)) == (1, 1)


def test_without_a_seal_the_same_words_within_minutes_are_one(
    form: Form, clock: MovableClock
) -> None:
    first, again = send(form, submission_id=None), send(form, submission_id=None)
    assert (first.id, count(FormSubmission)) == (again.id, 1)
    clock.move(hours=1)
    assert send(form, submission_id=None).id != first.id
    assert count(Lead) == 1


def test_the_same_page_sent_with_other_words_is_kept_to_be_looked_at(
    form: Form, leila: Viewer
) -> None:
    tap = new_id()
    send(form, submission_id=tap)
    other = send(form, submission_id=tap, fields={**NEDA, "name": "Omid Rad"})
    assert (other.state, other.reasons) == ("waiting", ["repeated"])
    assert [row.FormSubmission.id for row in waiting(leila)] == [other.id]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"fields": {"name": " "}}, "name"),
        ({"fields": {**NEDA, "phone": "12"}}, "phone"),
        ({"fields": {**NEDA, "email": "neda"}}, "email"),
        ({"fields": {**NEDA, "needs": "x" * 1001}}, "needs"),
        ({"fields": {**NEDA, "name": "a\x01b"}}, "name"),
        ({"consent": ""}, "consent"),
        ({"consent": "7"}, "consent"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(form: Form, more: Any, named: str) -> None:
    with pytest.raises(errors.ValidationError) as refused:
        send(form, **more)
    assert list(refused.value.fields) == [named]
    assert count(FormSubmission) == 0


def test_what_the_form_does_not_ask_is_not_taken(form: Form) -> None:
    sent = send(form, fields={**NEDA, "city": "Tehran", "owner_id": new_id(), "heat": "hot"})
    lead = db.session.get_one(Lead, sent.lead_id)
    assert (lead.city, lead.owner_id, lead.heat_by_hand) == (None, None, None)


@pytest.mark.mission(32)
def test_who_scans_a_reps_code_is_his_lead_as_long_as_he_is_there(
    form: Form, sara: Viewer, admin: Viewer
) -> None:
    first = send(form, owner_id=sara.id)
    lead = db.session.get_one(Lead, first.lead_id)
    assert (lead.owner_id, lead.team_id) == (sara.id, sara.team_id)
    deactivate_user(admin, sara.id)
    later = send(form, owner_id=sara.id, fields={"name": "Other", "phone": "09129998877"})
    odd = send(form, owner_id="' or 1=1", fields={"name": "Odd", "phone": "09129998866"})
    for sent in (later, odd):
        assert db.session.get_one(Lead, sent.lead_id).owner_id is None


def test_other_words_of_consent_are_another_version(form: Form, admin: Viewer) -> None:
    asked = [{"name": "name"}, {"name": "phone"}]
    payload = {"title": "Contact us", "language": "en", "colour": "plum", "fields": asked}
    update_form(admin, form.id, payload | {"consent": "You may call me."})
    assert db.session.get_one(Form, form.id).consent_version == 1
    update_form(admin, form.id, payload | {"consent": "You may write to me."})
    form = db.session.get_one(Form, form.id)
    assert form.consent_version == 2
    with pytest.raises(errors.ValidationError):
        send(form, consent="1")
    assert send(form).consent_text == "You may write to me."


def test_a_form_that_is_switched_off_takes_nothing(form: Form, admin: Viewer) -> None:
    switch_form(admin, form.id, False)
    with pytest.raises(errors.NotFound):
        send(form)


def test_what_is_odd_waits_and_is_let_in_or_dropped_once(form: Form, leila: Viewer) -> None:
    odd = send(form, reasons=("trap",), origin={"utm_source": "x"})
    assert (odd.state, odd.lead_id, count(Lead)) == ("waiting", None, 0)
    drop_submission(leila, odd.id)
    put_back_submission(leila, odd.id)
    lead = db.session.get_one(Lead, accept_submission(leila, odd.id))
    assert (lead.name, lead.first_touch, lead.score) == ("Neda Amiri", {"utm_source": "x"}, 30)
    assert db.session.get_one(FormSubmission, odd.id).lead_id == lead.id
    for again in (accept_submission, drop_submission):
        with pytest.raises(errors.Conflict):
            again(leila, odd.id)
    assert count(Lead) == 1


@pytest.mark.parametrize("write", [accept_submission, drop_submission, put_back_submission])
def test_what_waits_is_for_managers(
    app: Flask, admin: Viewer, sara: Viewer, write: Callable[..., Any]
) -> None:
    odd = a_submission(a_form(admin), reasons=("trap",))
    with pytest.raises(errors.NotFound):
        write(sara, odd)
    with pytest.raises(errors.NotFound):
        count_waiting(sara)


@pytest.mark.parametrize("write", [accept_submission, drop_submission, put_back_submission])
def test_what_came_by_another_teams_code_is_for_its_manager_alone(
    form: Form, leila: Viewer, nika: Viewer, sara: Viewer, admin: Viewer, write: Callable[..., Any]
) -> None:
    theirs = send(form, reasons=("trap",), owner_id=nika.id).id
    own = send(form, reasons=("trap",), owner_id=sara.id, fields={**NEDA, "name": "Omid"}).id
    nobodys = send(form, reasons=("trap",), fields={**NEDA, "name": "Ali"}).id
    assert {row.FormSubmission.id for row in waiting(leila)} == {own, nobodys}
    assert (count_waiting(leila), count_waiting(admin), len(waiting(admin))) == (2, 3, 3)
    with pytest.raises(errors.NotFound):
        write(leila, theirs)
    for submission_id in (own, nobodys):
        write(leila, submission_id)
    write(admin, theirs)


def test_a_flood_of_odd_ones_does_not_fill_the_disk(
    form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.forms.taking.MOST_WAITING", 2)
    for n in range(2):
        send(form, reasons=("trap",), fields={**NEDA, "name": f"Robot {n}"})
    with pytest.raises(errors.TooMany):
        send(form, reasons=("trap",))
    assert count(FormSubmission) == 2
    assert send(form).state == "taken", "a person is not held up by it"


@pytest.mark.parametrize(
    "fields",
    [
        "name",
        [],
        [{"name": "phone"}],
        [{"name": "name"}],
        [{"name": "name"}, {"name": "phone"}, {"name": "owner_id"}],
        [{"name": "name"}, {"name": "phone"}, {"name": "phone"}],
    ],
)
def test_a_form_asks_for_a_name_and_a_way_to_answer(
    app: Flask, admin: Viewer, fields: object
) -> None:
    payload = {"title": "T", "language": "en", "colour": "plum", "fields": fields}
    with pytest.raises(errors.ValidationError) as refused:
        create_form(admin, payload)
    assert list(refused.value.fields) == ["fields"]


def test_with_a_lead_goes_what_it_sent(form: Form) -> None:
    sent = send(form)
    assert sent.at + timedelta(0) == sent.consent_at
    db.session.delete(db.session.get_one(Lead, sent.lead_id))
    db.session.commit()
    assert count(FormSubmission) == 0


def test_forms_are_built_by_admins_alone(form: Form, leila: Viewer) -> None:
    asked = [{"name": "name"}, {"name": "phone"}]
    payload = {"title": "T", "language": "en", "colour": "plum", "fields": asked}
    for write, args in (
        (create_form, (payload,)),
        (update_form, (form.id, payload)),
        (switch_form, (form.id, False)),
    ):
        with pytest.raises(errors.NotFound):
            write(leila, *args)  # type: ignore[operator]


def test_what_a_lead_sent_is_read_by_who_sees_the_lead(
    form: Form, sara: Viewer, nika: Viewer
) -> None:
    sent = send(form, owner_id=sara.id)
    assert [row.title for row in submissions_of(sara, str(sent.lead_id))] == ["Contact us"]
    assert submissions_of(nika, str(sent.lead_id)) == []
