"""A contact fills the form of a new lead, without a script too; one's own is handed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.users.viewer import Viewer
from crm.vcards import MOST_BYTES, read_card
from tests.vcards.test_reading import CARDS

NewClient = Callable[..., FlaskClient]


def hand_in(client: FlaskClient, content: bytes = b"", text: str = "") -> Any:
    """Send the form as a browser does; werkzeug would leave a file open behind a large one."""
    parts = (('name="text"', text.encode()), ('name="file"; filename="contact.vcf"', content))
    body = b"".join(
        f"--x\r\nContent-Disposition: form-data; {name}\r\n\r\n".encode() + value + b"\r\n"
        for name, value in parts
        if value
    )
    kind = "multipart/form-data; boundary=x"
    return client.post("/leads/card", data=body + b"--x--\r\n", content_type=kind)


@pytest.mark.mission(32)
def test_a_file_fills_the_form(new_client: NewClient, sara: Viewer) -> None:
    page = hand_in(new_client(sara), (CARDS / "an-iphone-3.0.vcf").read_bytes())
    assert page.status_code == 200
    for said in ("سارا رضایی", "پخش البرز", "+98 912 345 6789", "۰۲۱ ۸۸۷۷ ۶۶۵۵", "پنجاه کاربر"):
        assert said in page.text
    assert '<option value="دفتر" selected>' in page.text
    assert 'action="/leads"' in page.text


@pytest.mark.mission(32)
def test_the_text_of_a_code_fills_the_form(new_client: NewClient, sara: Viewer) -> None:
    page = hand_in(new_client(sara), text="MECARD:N:Reed,Tom;TEL:+447700900999;;")
    assert 'value="Tom Reed"' in page.text
    assert 'value="+447700900999"' in page.text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"", "hello"),
        (b"%PDF", ""),
        (b"BEGIN:VCARD\nFN:x\n" + b"x" * MOST_BYTES, ""),
    ],
)
def test_what_is_no_contact_is_said_at_the_field(
    new_client: NewClient, sara: Viewer, content: bytes, text: str
) -> None:
    page = hand_in(new_client(sara), content, text)
    assert page.status_code == 422
    assert "No contact can be read from this." in page.text
    assert text in page.text


@pytest.mark.mission(32)
def test_a_rep_hands_his_own_contact_on(new_client: NewClient, sara: Viewer) -> None:
    client = new_client(sara)
    assert 'href="/qr/card"' in client.get("/qr").text
    page = client.get("/qr/card").text
    assert 'class="qr"' in page
    assert 'href="/qr/card.vcf"' in page
    file = client.get("/qr/card.vcf")
    assert file.content_type == "text/vcard; charset=utf-8"
    assert "attachment" in file.headers["Content-Disposition"]
    assert read_card(file.data)["name"] == sara.name
