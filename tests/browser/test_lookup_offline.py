"""Who is calling, with no signal: search over the book, and who is being written anew."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from crm.i18n import fold
from crm.users.viewer import Viewer
from tests.browser.book import LOAD, with_book
from tests.browser.devices import NewPage
from tests.browser.faults import Faults
from tests.browser.worker import moved_in
from tests.people import PASSWORD, email

RANGES = (
    (0x20, 0x7F),
    (0xA0, 0x250),
    (0x370, 0x580),
    (0x600, 0x700),
    (0x750, 0x780),
    (0x966, 0x970),
)
RANGES += ((0x1E00, 0x2000), (0x2010, 0x2040), (0xFB50, 0xFE00), (0xFE70, 0xFF00))
RANGES += ((0xFF10, 0xFF5F),)


def test_the_phone_folds_every_letter_as_the_server_does(phone: Page) -> None:
    letters = [f"a{chr(code)}B" for start, end in RANGES for code in range(start, end)]
    letters += ["دیجی‌کالا", "مؤسّسهٔ أحمد", "ﷲ", "STRASSE Straße", "ΣΊΣΥΦΟΣ", "۰۹۱۲ ٤٥٦", "İstanbul"]
    phone.evaluate(LOAD)
    folded = phone.evaluate("(texts) => texts.map(lookup.fold)", letters)
    pairs = zip(letters, folded, strict=True)
    assert not {text: (ours, fold(text)) for text, ours in pairs if ours != fold(text)}


WHO = {
    "mehdi kazemi": "Mehdi Kāzemi",
    "MEHDI": "Mehdi Kāzemi",
    "4567": "Mehdi Kāzemi",
    "۴۵۶۷": "Mehdi Kāzemi",
    "٠٩١٢ ١٢٣ ٤٥٦٧": "Mehdi Kāzemi",
    "+98 912 123 4567": "Mehdi Kāzemi",
    "6655": "Mehdi Kāzemi",
    "فولاد سپهر kaz": "Mehdi Kāzemi",
    "سپهر مهدی": None,
    "zzzz": None,
    "": None,
}


def test_a_name_a_company_or_the_last_digits_find_who_it_is(phone: Page, sara: Viewer) -> None:
    with_book(phone, sara.id, 300)
    found = phone.evaluate(
        """async (texts) => {
          const {people} = await lookup.book();
          return texts.map((text) => people.find(text)[0]?.name ?? null);
        }""",
        list(WHO),
    )
    assert dict(zip(WHO, found, strict=True)) == WHO


@pytest.mark.rival("only 30 × 5 records cached")
def test_five_thousand_people_are_found_on_the_phone_alone(phone: Page, sara: Viewer) -> None:
    """How soon is a figure of `make bench`; here: by no request, not even with a line."""
    with_book(phone, sara.id, 5000)
    assert phone.evaluate("lookup.book().then(({ people }) => people.all.length)") == 5000
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    found = phone.locator("[data-found]")
    for typed, name in (("4567", "Mehdi"), ("peter", "Peter"), ("كاظم", "کاظم")):
        phone.locator("main input[type=search]").clear()
        phone.locator("main input[type=search]").press_sequentially(typed)
        expect(found).to_contain_text(re.compile(f"{name}|{typed}"))
    assert [url for url in asked if "/static/" not in url] == [], "but for scripts it has"


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_page_without_signal_finds_a_caller_and_calls_back(
    new_page: NewPage, sara: Viewer, axe: Callable[[Page], None], faults: Faults, language: str
) -> None:
    page = moved_in(new_page(sara, language=language, service_workers="allow"))
    with_book(page, sara.id, 200)
    page.context.set_offline(True)
    page.goto("/team")
    assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "fa" else "ltr")
    expect(page.get_by_text("Warehouse suite")).to_be_visible()
    axe(page)
    page.locator("main input[type=search]").fill("۴۵۶۷")
    row = page.locator("[data-found] li").first
    expect(row).to_contain_text("Mehdi")
    assert row.locator("a[href^='tel:']").get_attribute("href") == "tel:+989121234567"
    axe(page)
    page.locator("main input[type=search]").fill("nobody at all")
    expect(page.locator("[data-nobody]")).to_be_visible()
    faults.forgive("503: ")


def test_people_are_found_without_signal_where_one_always_looks(phone: Page, sara: Viewer) -> None:
    with_book(phone, sara.id, 200)
    phone.context.set_offline(True)
    phone.goto("/people")
    phone.locator("main input[type=search]").click()
    phone.locator("main input[type=search]").fill("kaz")
    expect(phone.locator("#people li").first).to_contain_text("Mehdi")


@pytest.mark.rival("no duplicate detection offline")
def test_who_is_known_already_is_said_while_typing(phone: Page, sara: Viewer) -> None:
    with_book(phone, sara.id, 200)
    phone.context.set_offline(True)
    phone.goto("/contacts/new")
    phone.get_by_label("Name", exact=True).fill("mehdi kāzemi")
    expect(phone.locator(".alike")).to_contain_text("You may have this one already.")
    expect(phone.locator(".alike li")).to_contain_text("Mehdi")
    phone.get_by_label("Name", exact=True).fill("Somebody else")
    expect(phone.locator(".alike li")).to_have_count(0)
    phone.locator("main input[name=phone]").first.fill("۰۹۱۲۱۲۳۴۵۶۷")
    expect(phone.locator(".alike li")).to_contain_text("Mehdi")


def test_what_was_typed_before_the_scripts_were_there_is_looked_up_too(
    phone: Page, sara: Viewer
) -> None:
    with_book(phone, sara.id, 200)
    phone.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
          const input = document.querySelector("main input[name=name]");
          input?.focus();
          if (input) input.value = "Mehdi Kazemi";
        });"""
    )
    phone.context.set_offline(True)
    phone.goto("/contacts/new")
    expect(phone.locator(".alike li")).to_contain_text("Mehdi")


#: Somebody quick, on a phone that says it has no signal: it speaks at once.
AT_ONCE = """
Object.defineProperty(Navigator.prototype, "onLine", {get: () => false});
addEventListener("DOMContentLoaded", () => {
  const input = document.querySelector("main input[type=search]");
  if (!input) return;
  input.focus();
  input.value = "kaz";
});
"""


@pytest.mark.mission(116)
def test_who_signs_in_next_does_not_find_the_people_of_the_one_before(
    phone: Page, sara: Viewer, nika: Viewer
) -> None:
    with_book(phone, sara.id, 200)
    # Her session ended, nobody signed out.
    phone.context.clear_cookies()
    phone.goto("/sign-in?next=/people")
    phone.locator("input[name=name]").fill(email(nika))
    phone.locator("input[name=password]").fill(PASSWORD)
    phone.add_init_script(AT_ONCE)
    phone.get_by_role("button", name="Sign in").click()
    phone.wait_for_url("**/people")
    expect(phone.locator("main input[type=search]")).to_have_value("kaz")
    phone.wait_for_function("() => document.documentElement.dataset.keeps === '1'")
    assert phone.evaluate("outbox.user().then((found) => found.user_id)") == nika.id
    phone.evaluate(LOAD)
    found = "lookup.book().then((book) => book?.people.find('kaz').length ?? 0)"
    assert phone.evaluate(found) == 0
    expect(phone.locator("#people")).not_to_contain_text("Mehdi")
    assert phone.locator("script[src$='/outbox.js']").count() == 1
