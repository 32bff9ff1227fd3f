"""A letter in the outbox ends sent, or given up with its reason: never lost, and not sent twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.database import db
from crm.mail.models import MailMessage, MailOptout
from crm.mail.outbox import claim, queue_mail
from crm.mail.people import Recipient
from crm.mail.sending import send_waiting
from crm.mail.settings import read_settings, update_settings
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.factories import a_lead, a_letter, labelled
from tests.faults.test_at_once import at_once
from tests.mail import servers
from tests.mail.conftest import settings_for


def letter(message_id: str) -> MailMessage:
    db.session.expire_all()
    return db.session.get_one(MailMessage, message_id)


def entries(lead_id: str) -> list[str]:
    kinds = select(TimelineEntry.kind).where(TimelineEntry.lead_id == lead_id)
    return list(db.session.scalars(kinds.order_by(TimelineEntry.id)))


def trouble() -> str | None:
    db.session.expire_all()
    return read_settings().last_error


@pytest.mark.mission(127)
def test_a_letter_is_sent_once_and_the_lead_says_so(
    mail: servers.Post, hamrah: Viewer, sara: Viewer
) -> None:
    lead = a_lead(sara)
    sent = a_letter(lead_id=lead.id, user_id=sara.id)
    assert send_waiting(hamrah) == 1
    assert send_waiting(hamrah) == 0
    assert mail.envelopes == [("sales@example.com", "reza@example.com")]
    read = mail.read()
    assert read["Message-ID"] == f"<{sent.id}@example.com>"
    assert (read["From"], read["Reply-To"]) == (
        "Example Trading <sales@example.com>",
        "sara@example.com",
    )
    assert letter(sent.id).status == "sent"
    assert entries(lead.id) == ["mail.sent"]


def test_many_letters_share_one_conversation(mail: servers.Post, hamrah: Viewer) -> None:
    for number in range(5):
        a_letter(f"{number}@example.com")
    assert send_waiting(hamrah) == 5
    assert (len(mail.letters), mail.calls) == (5, 1)


def test_without_a_server_or_an_address_everything_waits(
    app: Flask, hamrah: Viewer, admin: Viewer, post: servers.Post
) -> None:
    waiting = a_letter()
    assert send_waiting(hamrah) == 0
    update_settings(admin, settings_for(post.port))
    assert send_waiting(hamrah) == 0, "a letter without a way to unsubscribe is not sent"
    assert (post.calls, letter(waiting.id).status) == (0, "waiting")


@pytest.mark.parametrize(
    ("answers", "status", "reason"),
    [
        ({"RCPT": "450 4.2.1 come later"}, "waiting", "later"),
        ({"RCPT": "550 5.1.1 no such user"}, "failed", "nobody"),
        ({"RCPT": "550 5.7.1 we do not like it"}, "failed", "never"),
        ({"DATA": "554 5.6.0 no"}, "failed", "never"),
        ({"MAIL": "451 slowly"}, "waiting", "later"),
        ({"MAIL": "552 too large"}, "failed", "never"),
        ({"MAIL": "553 not from you"}, "waiting", "sender"),
        ({"RCPT": "HANG UP"}, "waiting", "broken"),
        ({"HELLO": "554 go away"}, "waiting", "broken"),
    ],
)
def test_what_a_server_says_decides_whether_it_is_tried_again(
    mail: servers.Post, hamrah: Viewer, answers: dict[str, str], status: str, reason: str
) -> None:
    mail.answers.update(answers)
    waiting = a_letter()
    send_waiting(hamrah)
    assert (letter(waiting.id).status, letter(waiting.id).reason) == (status, reason)


def test_a_refused_letter_holds_no_other_up(mail: servers.Post, hamrah: Viewer) -> None:
    mail.answers["RCPT gone@example.com"] = "550 5.1.1 no such user"
    gone, fine = a_letter("gone@example.com"), a_letter("fine@example.com")
    assert send_waiting(hamrah) == 2
    assert (letter(gone.id).status, letter(fine.id).status) == ("failed", "sent")
    outs = [
        (row.address, row.why)
        for row in db.session.scalars(select(MailOptout).order_by(MailOptout.address))
    ]
    assert outs == [("gone@example.com", "bounced")]


def test_it_is_tried_again_ever_later_and_given_up_after_three_days(
    mail: servers.Post, hamrah: Viewer, clock: MovableClock
) -> None:
    mail.answers["RCPT"] = "450 later"
    waiting, waits = a_letter(), []
    while letter(waiting.id).status == "waiting":
        before = clock.now()
        clock.set(max(before, letter(waiting.id).next_at))
        waits.append((clock.now() - before).total_seconds() / 60)
        assert send_waiting(hamrah) == 1
    assert waits[:6] == [0, 1, 2, 4, 8, 16]
    assert max(waits) == 360
    given_up = letter(waiting.id)
    assert (given_up.status, given_up.reason) == ("failed", "too_old")
    assert "450 later" in (given_up.detail or "")
    assert clock.now() - given_up.created_at <= timedelta(days=3)


def test_trouble_with_the_server_stops_the_run_and_is_told(
    mail: servers.Post, hamrah: Viewer, admin: Viewer, clock: MovableClock
) -> None:
    update_settings(admin, settings_for(mail.port, smtp_user="x", smtp_password="wrong"))
    letters = [a_letter(f"{n}@example.com") for n in range(3)]
    send_waiting(hamrah)
    assert (mail.calls, trouble()) == (1, "password")
    clock.move(minutes=14)
    send_waiting(hamrah)
    assert mail.calls == 1, "a wrong password too often locks us out"
    right = settings_for(mail.port, smtp_user=servers.USER, smtp_password=servers.PASSWORD)
    update_settings(admin, right)
    assert send_waiting(hamrah) == 3
    assert trouble() is None
    assert {letter(one.id).status for one in letters} == {"sent"}


def test_killed_between_claim_and_send_it_goes_when_the_lease_is_over(
    mail: servers.Post, hamrah: Viewer, clock: MovableClock
) -> None:
    """Fifty times, and each time the letter is the very same to a mailbox."""
    waiting = a_letter()
    for _kill in range(50):
        claimed = claim(hamrah)
        assert claimed is not None
        assert send_waiting(hamrah) == 0, "somebody has it"
        clock.move(minutes=5)
    assert send_waiting(hamrah) == 1
    assert len(mail.letters) == 1
    assert mail.read()["Message-ID"] == f"<{waiting.id}@example.com>"


def test_killed_after_the_server_took_it_the_second_one_has_the_same_id(
    mail: servers.Post, hamrah: Viewer, clock: MovableClock
) -> None:
    a_letter()

    def kill() -> None:
        mail.on_letter = lambda: None
        raise ConnectionAbortedError

    mail.on_letter = kill  # taken, and the line is cut before that is said
    send_waiting(hamrah)
    clock.move(minutes=6)
    assert send_waiting(hamrah) == 1
    assert len({mail.read(n)["Message-ID"] for n in (0, 1)}) == 1


def test_who_lost_his_lease_settles_nothing(
    mail: servers.Post, hamrah: Viewer, clock: MovableClock
) -> None:
    from crm.mail.outbox import settle_sent

    waiting = a_letter()
    first = claim(hamrah)
    clock.move(minutes=6)
    second = claim(hamrah)
    assert first is not None
    assert second is not None
    settle_sent(hamrah, waiting.id, first.attempts)
    assert letter(waiting.id).status == "claimed"
    settle_sent(hamrah, waiting.id, second.attempts)
    assert letter(waiting.id).status == "sent"


def test_two_workers_at_once_send_each_letter_once(
    app: Flask, mail: servers.Post, hamrah: Viewer
) -> None:
    for number in range(12):
        a_letter(f"{number}@example.com")
    at_once(app, [lambda: send_waiting(hamrah)] * 2)
    db.session.expire_all()
    while send_waiting(hamrah):
        pass
    assert sorted(to for _from, to in mail.envelopes) == sorted(
        f"{n}@example.com" for n in range(12)
    )


def test_no_more_go_in_a_minute_than_the_admin_said(
    mail: servers.Post, hamrah: Viewer, admin: Viewer, clock: MovableClock
) -> None:
    update_settings(admin, settings_for(mail.port, rate_per_minute="2"))
    for number in range(5):
        a_letter(f"{number}@example.com")
    assert send_waiting(hamrah) == 2
    assert send_waiting(hamrah) == 0
    clock.move(seconds=61)
    assert send_waiting(hamrah) == 2


def a_reader(**more: str) -> Recipient:
    return Recipient("reza@example.com", "Reza", "en", {"name": "Reza", **more})


def test_one_cause_sends_once(mail: servers.Post, hamrah: Viewer) -> None:
    from crm.database import command

    @command
    def twice(actor: Viewer) -> set[str]:
        how = {"kind": "welcome", "template": "welcome", "cause": "welcome 1"}
        return {queue_mail(a_reader(), **how) for _ in range(2)}

    assert len(twice(hamrah)) == 1
    assert len(twice(hamrah)) == 1
    assert send_waiting(hamrah) == 1


def test_a_letter_that_cannot_be_written_holds_no_other_up(
    mail: servers.Post, hamrah: Viewer
) -> None:
    bad, fine = a_letter("reza@exa mple.com"), a_letter("fine@example.com")
    assert send_waiting(hamrah) == 2
    assert (letter(bad.id).status, letter(bad.id).reason) == ("failed", "bad_address")
    assert letter(fine.id).status == "sent"


def test_what_waits_for_somebody_put_away_or_gone_is_held_back(
    mail: servers.Post, hamrah: Viewer, sara: Viewer, clock: MovableClock
) -> None:
    lead = a_lead(sara, emails=labelled("reza@example.com"))
    waiting = a_letter(lead_id=lead.id)
    lead.archived_at = clock.now()
    db.session.commit()
    assert send_waiting(hamrah) == 0
    assert (letter(waiting.id).status, letter(waiting.id).reason) == ("stopped", "gone")
