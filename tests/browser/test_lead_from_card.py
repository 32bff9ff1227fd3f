"""At a fair, without signal: a contact fills the form, and the photo of a card is a lead."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.attachments.models import Attachment
from crm.database import db
from crm.leads.models import Lead
from crm.users.viewer import Viewer
from tests.browser.keeping import kept, sent, until, visit
from tests.browser.world import Day
from tests.factories import PIXEL
from tests.vcards.test_reading import CARDS, FOUND

READ = """async (content) => {
  const sheet = document.querySelector('link[rel=stylesheet]').href;
  const { readCard } = await import(sheet.replace('css/app.css', 'js/vcard.js'));
  return readCard(Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0)));
}"""
DRAFT = """(await outbox.drafts.load('lead.capture /leads/new'))
  ?.values.some(([name, value]) => name === 'name' && value === given)"""
FILE = "card-reader input[type=file]"


def card(name: str) -> Path:
    return CARDS / f"{name}.vcf"


@pytest.mark.mission(32)
def test_the_phone_reads_every_card_as_the_server_does(page: Page) -> None:
    page.goto("/leads/new")
    for name, found in FOUND.items():
        content = base64.b64encode(card(name).read_bytes()).decode()
        assert page.evaluate(READ, content) == found, name


@pytest.mark.mission(32, 117)
def test_a_contact_fills_the_form_without_signal_and_is_a_lead_once_there_is_some(
    phone: Page, day: Day, sara: Viewer
) -> None:
    phone.context.set_offline(True)
    kept(phone)
    phone.goto("/leads/new")
    kept(phone)
    phone.locator("[name=city]").fill("Karaj")
    phone.get_by_text("From a contact or a QR code").tap()
    phone.locator(FILE).set_input_files(card("an-iphone-3.0"))
    expect(phone.get_by_text("Filled in.")).to_be_visible()
    expect(phone.locator("[name=name]")).to_have_value("سارا رضایی")
    expect(phone.locator("[name=city]")).to_have_value("Karaj")
    numbers = phone.locator("[name=phone]")
    expect(numbers).to_have_count(3)
    expect(numbers.nth(1)).to_have_value("۰۲۱ ۸۸۷۷ ۶۶۵۵")
    expect(phone.locator("[name=phone_label]").nth(1)).to_have_value("دفتر")
    phone.get_by_role("button", name="Save", exact=True).tap()
    expect(phone.locator(".toast")).to_contain_text("Saved on this phone")
    phone.context.set_offline(False)
    sent(phone)
    db.session.rollback()
    lead = db.session.scalars(select(Lead).where(Lead.name == "سارا رضایی")).one()
    assert [(one["value"], one["label"]) for one in lead.phones] == [
        ("+989123456789", "mobile"), ("+982188776655", "دفتر"), ("+982188776656", "fax"),
    ]  # fmt: skip
    assert (lead.company, lead.city, lead.owner_id) == ("پخش البرز", "Karaj", sara.id)


@pytest.mark.mission(32)
def test_the_text_of_a_code_fills_the_form_and_what_is_none_is_said(page: Page, day: Day) -> None:
    visit(page, "/leads/new")
    page.get_by_text("From a contact or a QR code").tap()
    text = page.get_by_role("textbox", name="Or its text")
    text.fill("hello")
    page.get_by_role("button", name="Fill in the form").tap()
    expect(page.get_by_text("No contact can be read from this.")).to_be_visible()
    expect(text).to_have_value("hello")
    text.fill("MECARD:N:Reed,Tom;TEL:+447700900999;EMAIL:tom@reed.example;;")
    page.get_by_role("button", name="Fill in the form").tap()
    expect(page.locator("[name=name]")).to_have_value("Tom Reed")
    expect(page.locator("[name=email]")).to_have_value("tom@reed.example")
    until(page, DRAFT, "Tom Reed")
    page.reload()
    kept(page)
    expect(page.locator("[name=name]")).to_have_value("Tom Reed")


@pytest.mark.mission(32)
def test_what_was_filled_in_comes_back_with_every_number(page: Page, day: Day) -> None:
    visit(page, "/leads/new")
    page.get_by_text("From a contact or a QR code").tap()
    page.locator(FILE).set_input_files(card("an-iphone-3.0"))
    expect(page.locator("[name=phone]")).to_have_count(3)
    until(page, DRAFT, "سارا رضایی")
    page.reload()
    kept(page)
    expect(page.locator("[name=phone]").nth(2)).to_have_value("02188776656")


@pytest.mark.mission(32, 117)
def test_without_signal_a_photo_of_a_card_is_a_lead_that_is_typed_later(
    phone: Page, day: Day, sara: Viewer
) -> None:
    phone.context.set_offline(True)
    phone.goto("/leads/new")
    kept(phone)
    camera = phone.locator("note-blobs input[type=file]")
    photo = {"name": "card.png", "mimeType": "image/png", "buffer": PIXEL}
    camera.set_input_files(photo)
    expect(phone.locator(".blobs__one img")).to_be_visible()
    phone.get_by_role("button", name="Save", exact=True).tap()
    expect(phone.locator(".toast")).to_contain_text("Saved on this phone")
    phone.context.set_offline(False)
    sent(phone)
    db.session.rollback()
    lead = db.session.scalars(select(Lead).where(Lead.card_at.is_not(None))).one()
    assert lead.name.startswith("Card, ")
    until(phone, "(await outbox.list()).every(({ blobs }) => !blobs)", said="the photo waits")
    assert db.session.scalars(select(Attachment.lead_id)).all() == [lead.id]
    visit(phone, "/today")
    phone.reload()
    phone.locator(".row", has_text=lead.name).locator("a").first.tap()
    expect(phone.locator(".beside img")).to_be_visible()
    expect(phone.locator("[name=name]")).to_have_value(lead.name)
    phone.locator("[name=name]").fill("Neda Amiri")
    phone.get_by_role("button", name="Save", exact=True).tap()
    phone.wait_for_url(f"**/leads/{lead.id}")
    sent(phone)
    db.session.rollback()
    lead = db.session.get_one(Lead, lead.id)
    assert (lead.name, lead.card_at) == ("Neda Amiri", None)


def test_without_a_photo_the_name_is_asked_for(page: Page, day: Day) -> None:
    visit(page, "/leads/new")
    name = page.locator("[name=name]")
    photo = {"name": "card.png", "mimeType": "image/png", "buffer": PIXEL}
    page.locator("note-blobs input[type=file]").set_input_files(photo)
    expect(name).not_to_have_attribute("required", "")
    page.locator(".blobs__one button").tap()
    expect(name).to_have_attribute("required", "")
