"""What goes over the wire: two forms of the same words, and nothing smuggled into it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from crm import errors
from crm.database import db
from crm.mail.addresses import fold_address, is_address
from crm.mail.letters import links_in
from crm.mail.models import MailMessage
from crm.mail.sending import send_waiting
from crm.mail.templates import fill, get_template, restore_template, update_template
from crm.users.viewer import Viewer
from tests.factories import a_letter
from tests.mail import servers


def words(mail: servers.Post) -> tuple[str, str]:
    """The last letter's plain text and its HTML."""
    letter = mail.read()
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert rich is not None
    return plain.get_content().replace("\r\n", "\n"), rich.get_content()


def test_both_forms_say_the_same_and_how_to_end_it(mail: servers.Post, hamrah: Viewer) -> None:
    a_letter(body="Hello Reza,\n\nlook: https://example.com/a?b=1&c=2.")
    send_waiting(hamrah)
    plain, rich = words(mail)
    out = re.search(r"<(https://crm.example.com/unsubscribe/\S+)>", mail.read()["List-Unsubscribe"])
    assert out is not None
    assert "look: https://example.com/a?b=1&c=2." in plain
    assert out[1] in plain
    assert f'href="{out[1]}"' in rich
    assert mail.read()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "reza" not in out[1], "an address in a log names its reader"


def test_a_persian_letter_runs_from_right_to_left(mail: servers.Post, hamrah: Viewer) -> None:
    a_letter(language="fa", to_name="رضا کریمی", subject="سلام رضا", body="سلام رضا،\nخوش آمدید")
    send_waiting(hamrah)
    plain, rich = words(mail)
    assert plain.startswith("سلام رضا،\nخوش آمدید")
    assert '<html lang="fa" dir="rtl">' in rich
    assert "سلام رضا،<br>خوش آمدید" in rich
    assert mail.read()["Subject"] == "سلام رضا"
    assert mail.read()["To"].addresses[0].display_name == "رضا کریمی"
    mail.letters[-1].decode("ascii")


def test_what_looks_like_markup_is_shown_and_not_obeyed(mail: servers.Post, hamrah: Viewer) -> None:
    evil = "<img src=x onerror=alert(1)>\"'&"
    a_letter(to_name=evil, subject=evil, body=f'{evil}\nhttp://x.example/"onclick=1 {evil}')
    send_waiting(hamrah)
    _plain, rich = words(mail)
    assert "<img src=x" not in rich
    assert rich.count("&lt;img src=x onerror=alert(1)&gt;") == 3
    assert 'href="http://x.example/"' not in rich.replace("/m/", "")


@pytest.mark.parametrize(
    "smuggled",
    [
        "Reza\r\nBcc: all@example.com",
        "Reza\nBcc: all@example.com",
        "Reza\rBcc: all@example.com",
        "Reza\x0bBcc: all@example.com",
        "Reza\u2028Bcc: all@example.com",
        "Reza\r\n\r\n<b>",
    ],
)
def test_no_header_comes_in_by_a_name_or_a_subject(
    mail: servers.Post, hamrah: Viewer, smuggled: str
) -> None:
    a_letter(to_name=smuggled, subject=smuggled)
    assert send_waiting(hamrah) == 1
    head = mail.letters[-1].split(b"\r\n\r\n", 1)[0]
    assert not re.search(rb"^Bcc:", head, re.MULTILINE | re.IGNORECASE)
    assert mail.read()["Bcc"] is None
    assert [to for _from, to in mail.envelopes] == ["reza@example.com"]


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nRCPT TO:<evil@example.com>",
        "a@b.example>\r\nDATA",
        "a@b.example, evil@example.com",
        '"a b"@b.example',
        "a@[127.0.0.1]",
        "a@@b.example",
        "@b.example",
        "a@b",
        "a\u202e@b.example",
        "a" * 250 + "@b.example",
    ],
)
def test_what_is_no_address_is_never_said_to_a_server(
    mail: servers.Post, hamrah: Viewer, address: str
) -> None:
    assert not is_address(address)
    a_letter(address)
    send_waiting(hamrah)
    assert mail.envelopes == []


def test_a_domain_in_persian_is_written_as_servers_know_it(
    mail: servers.Post, hamrah: Viewer
) -> None:
    a_letter("reza@نمونه.ایران")
    assert send_waiting(hamrah) == 1
    assert mail.envelopes[0][1] == "reza@xn--mgb7fya9h.xn--mgba3a4f16a".replace(
        "xn--mgb7fya9h", "نمونه".encode("idna").decode()
    )
    assert fold_address("Reza@نمونه.ایران") == mail.envelopes[0][1]


def test_a_name_in_persian_before_the_at_fails_with_its_reason(
    mail: servers.Post, hamrah: Viewer
) -> None:
    letter = a_letter("رضا@example.com")
    send_waiting(hamrah)
    assert mail.envelopes == []
    db.session.expire_all()
    failed = db.session.get_one(MailMessage, letter.id)
    assert (failed.status, failed.reason) == ("failed", "bad_address")


def test_a_line_that_begins_with_a_dot_arrives_as_it_was(
    mail: servers.Post, hamrah: Viewer
) -> None:
    a_letter(body="One\n.\n..two\nQUIT")
    send_waiting(hamrah)
    assert words(mail)[0].startswith("One\n.\n..two\nQUIT")


def test_links_end_where_the_sentence_does() -> None:
    body = "See (https://a.example/x), https://b.example/؟ and javascript:alert(1) ftp://c.example"
    assert links_in(body) == ["https://a.example/x", "https://b.example/"]
    assert links_in("https://a.example " * 3) == ["https://a.example"]
    assert len(links_in(" ".join(f"https://a.example/{n}" for n in range(100)))) == 50


def test_a_line_about_what_is_not_known_is_left_out() -> None:
    subject, body = fill(
        ("Hi {name}", "Hi {name},\n\nCall {rep_phone}.\n\n\nBye\n{rep}"), {"name": "Reza"}
    )
    assert (subject, body) == ("Hi Reza", "Hi Reza,\n\nBye")


def test_braces_in_a_name_are_not_filled_in_again() -> None:
    assert fill(("{name}", "{name}"), {"name": "{rep_email}", "rep_email": "x@example.com"}) == (
        "{rep_email}",
        "{rep_email}",
    )


def test_a_name_as_long_as_a_book_is_cut() -> None:
    subject, body = fill(("{name}", "{name} {name}"), {"name": "x" * 100_000})
    assert (len(subject), len(body)) == (300, 601)


WORDS = {"subject_en": "Hi {name}", "body_en": "Hi", "subject_fa": "سلام", "body_fa": "{rep}"}


def test_an_unknown_field_is_named_where_it_stands(app: Flask, admin: Viewer) -> None:
    with pytest.raises(errors.ValidationError) as refused:
        update_template(admin, "welcome", WORDS | {"body_fa": "{nmae} {years}"})
    assert list(refused.value.fields) == ["body_fa"]
    assert "{nmae}" in " ".join(refused.value.fields["body_fa"])


def test_an_admin_writes_a_template_anew_and_goes_back(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    shipped = get_template(admin, "welcome").words
    update_template(admin, "welcome", WORDS)
    assert get_template(admin, "welcome").words["en"] == ("Hi {name}", "Hi")
    with pytest.raises(errors.NotFound):
        update_template(sara, "welcome", WORDS)
    restore_template(admin, "welcome")
    assert get_template(admin, "welcome").words == shipped
