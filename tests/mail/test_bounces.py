"""What comes back by IMAP: believed about our own letters only, and nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from crm.database import db, new_id
from crm.mail.bounces import read_bounce, read_bounces
from crm.mail.models import MailMessage, MailOptout
from crm.mail.sending import send_waiting
from crm.mail.settings import read_settings, update_settings
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests.factories import a_lead, a_letter
from tests.mail import servers
from tests.mail.conftest import settings_for

PERSONAL = b"From: reza@example.com\r\nSubject: Hello\r\nContent-Type: text/plain\r\n\r\nHi!\r\n"


@pytest.fixture
def box(mail: servers.Post, admin: Viewer) -> Iterator[servers.Mailbox]:
    with servers.mailbox() as desk:
        update_settings(admin, with_mailbox(mail.port, desk.port))
        yield desk


def with_mailbox(smtp: int, imap: int, password: str = servers.PASSWORD) -> dict[str, str]:
    return settings_for(
        smtp,
        imap_host=servers.HOST,
        imap_port=str(imap),
        imap_tls="none",
        imap_user=servers.USER,
        imap_password=password,
    )


def sent(hamrah: Viewer, lead_id: str | None = None) -> str:
    letter = a_letter(lead_id=lead_id)
    assert send_waiting(hamrah) == 1
    return str(letter.id)


def status(message_id: str) -> tuple[str, str | None]:
    db.session.expire_all()
    letter = db.session.get_one(MailMessage, message_id)
    return letter.status, letter.detail


def outs() -> list[tuple[str, str]]:
    return [
        (row.address, row.why)
        for row in db.session.scalars(select(MailOptout).order_by(MailOptout.id))
    ]


def test_a_letter_that_came_back_for_good_ends_the_mail_to_its_address(
    box: servers.Mailbox, hamrah: Viewer, sara: Viewer
) -> None:
    lead = a_lead(sara)
    letter = sent(hamrah, lead.id)
    box.letters += [PERSONAL, servers.report(letter), servers.report(letter)]
    read_bounces(hamrah)
    assert status(letter) == ("bounced", "5.1.1 smtp; 550 no such user")
    assert outs() == [("reza@example.com", "bounced")], "the one that we wrote to"
    kinds = select(TimelineEntry.kind).where(TimelineEntry.lead_id == lead.id)
    assert list(db.session.scalars(kinds.order_by(TimelineEntry.id))) == [
        "mail.sent",
        "mail.bounced",
    ]
    again = a_letter()
    send_waiting(hamrah)
    assert status(again.id)[0] == "stopped"


def test_reports_are_marked_read_letters_of_people_are_left_and_none_is_deleted(
    box: servers.Mailbox, hamrah: Viewer
) -> None:
    box.letters += [PERSONAL, servers.report(sent(hamrah)), PERSONAL]
    read_bounces(hamrah)
    assert box.seen == {2}
    said = " ".join(box.commands).upper()
    assert "DELETED" not in said
    assert "EXPUNGE" not in said
    fetched = [command for command in box.commands if "FETCH" in command]
    assert all("BODY.PEEK[" in command for command in fetched), "else a server marks it itself"


def test_a_letter_that_is_only_late_stays_sent(box: servers.Mailbox, hamrah: Viewer) -> None:
    letter = sent(hamrah)
    box.letters.append(servers.report(letter, "4.4.1"))
    read_bounces(hamrah)
    assert status(letter)[0] == "sent"
    assert (box.seen, outs()) == ({1}, [])


def test_a_report_about_a_letter_that_is_not_ours_says_nothing(
    box: servers.Mailbox, hamrah: Viewer
) -> None:
    box.letters += [servers.report(new_id()), servers.report("x' OR 1=1")]
    read_bounces(hamrah)
    assert (outs(), box.seen) == ([], {1, 2})


def test_a_mailbox_that_keeps_no_marks_is_not_read_for_ever(
    box: servers.Mailbox, hamrah: Viewer
) -> None:
    box.keeps_marks = False
    box.letters += [servers.report(sent(hamrah)) for _ in range(1)] * 3
    assert read_bounces(hamrah, most=2) == 0
    assert read_settings().imap_error == "broken"


def test_a_wrong_password_is_told_and_sending_goes_on(
    box: servers.Mailbox, mail: servers.Post, admin: Viewer, hamrah: Viewer
) -> None:
    update_settings(admin, with_mailbox(mail.port, box.port, "wrong"))
    assert read_bounces(hamrah) == 0
    assert read_settings().imap_error == "password"
    sent(hamrah)
    update_settings(admin, with_mailbox(mail.port, box.port))
    read_bounces(hamrah)
    db.session.expire_all()
    assert read_settings().imap_error is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n",
        b"Content-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n",
        b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <x>\r\n",
        b'Content-Type: multipart/report; boundary=""\r\n\r\n----\r\n',
        servers.report(new_id())[:700],
        servers.report(new_id()).replace(b"5.1.1", b"5" * 100_000),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 2000),
    ],
)
def test_no_letter_however_odd_breaks_the_reading(raw: bytes) -> None:
    read_bounce(raw)
