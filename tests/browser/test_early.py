"""Somebody quick: what is typed, chosen and saved before the page's late scripts are there."""

from __future__ import annotations

import re
from threading import Event
from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from crm.accounts.models import Contact
from crm.activities.models import Activity
from crm.database import db
from tests.browser.keeping import choose, open_sheet, sent, until, visit, waits
from tests.browser.worker import in_front_of
from tests.browser.world import Day

NEW = "contact.create /contacts/new"
#: Is this said in the draft of this name?
IN_DRAFT = "JSON.stringify(await outbox.drafts.load(given[0])).includes(given[1])"


def early(page: Page, acts: str) -> None:
    """From now on a page is acted on as soon as it can be seen; `find` finds in it."""
    find = "const find = (what) => document.querySelector(what);"
    page.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {find} {acts} }});")


def drafted(page: Page, name: str, words: str) -> None:
    """Wait until the draft says these words."""
    until(page, IN_DRAFT, [name, words], said="the draft does not say so")


def test_words_typed_early_win_over_an_old_draft_and_are_kept_at_once(page: Page, day: Day) -> None:
    visit(page, "/contacts/new")
    page.locator('[name="name"]').fill("Somebody else")
    page.locator('[name="job_title"]').fill("Purchasing")
    drafted(page, NEW, "Purchasing")
    early(page, "find('[name=name]').value = 'Hanna Berg';")
    visit(page, "/contacts/new")
    drafted(page, NEW, "Hanna Berg")
    expect(page.locator('[name="name"]')).to_have_value("Hanna Berg")
    expect(page.locator('[name="job_title"]')).to_have_value("Purchasing")


def test_a_field_changed_early_is_saved_with_the_others(page: Page, day: Day) -> None:
    early(page, "find('[name=job_title]').value = 'Head of sales';")
    visit(page, f"/contacts/{day.contact}/edit")
    page.context.set_offline(True)
    page.locator('[name="city"]').fill("Shiraz")
    page.locator(".btn--save").tap()
    waits(page, 1)
    page.context.set_offline(False)
    sent(page)
    db.session.rollback()
    contact = db.session.get_one(Contact, day.contact)
    assert (contact.job_title, contact.city) == ("Head of sales", "Shiraz")


def test_what_was_saved_leaves_no_draft_behind_however_slow_the_phone(page: Page, day: Day) -> None:
    visit(page, "/people")
    open_sheet(page)
    choose(page, "who")
    # So slow that a keystroke before the tap on Save is written while it is being saved.
    page.evaluate(
        """() => {
          const { drafts } = outbox, { toOutbox } = drafts;
          drafts.toOutbox = async (...said) => {
            await toOutbox(...said);
            await new Promise((done) => setTimeout(done, 400));
          };
          const note = document.querySelector(".sheet textarea");
          document.querySelector("#capture").addEventListener("submit", () => {
            note.value = "the last word";
            note.dispatchEvent(new Event("input", { bubbles: true }));
          }, { capture: true, once: true });
        }"""
    )
    page.locator(".sheet .btn--save").tap()
    page.locator(".toast[data-state=sent]").wait_for()
    assert page.evaluate("outbox.drafts.load('activity.log ')") is None


def test_an_outcome_tapped_early_leads_to_its_next_step(page: Page, day: Day) -> None:
    early(page, "find('[name=outcome][value=no_answer]')?.click();")
    visit(page, "/capture")
    rule = page.locator('capture-sheet data[value^="no_answer "]').first
    suggested = rule.get_attribute("data-suggested")
    expect(page.locator(f'[name="next_step"][value="{suggested}"]')).to_be_checked()


def test_who_was_chosen_early_stays_chosen_on_a_sheet_of_another_day(page: Page, day: Day) -> None:
    early(
        page,
        """find("#capture").dataset.madeAt = "2020-01-01T00:00:00Z";
        find("[name=who]:not(:checked)").click();
        find("#capture").dataset.chosen = find("[name=who]:checked").value;""",
    )
    visit(page, f"/capture?kind=call&contact_id={day.contact}")
    expect(page.locator('[name="kind"]')).to_have_value("call")
    chosen = page.locator("#capture").get_attribute("data-chosen")
    until(page, "document.querySelector('[name=who]:checked').value === given", chosen)
    until(page, "document.querySelector('#capture').dataset.kept === 'old'")
    expect(page.locator(f'[name="who"][value="{chosen}"]')).to_be_checked()


def test_the_page_of_the_sheet_gives_a_draft_back_whole_and_begins_afresh(
    page: Page, day: Day
) -> None:
    visit(page, "/capture")
    page.locator("textarea[name=note]").fill("half a sentence")
    drafted(page, "activity.log /capture", "half a sentence")
    visit(page, "/capture")
    expect(page.locator("textarea[name=note]")).to_have_value("half a sentence")
    page.locator(".sheet__draft .btn").tap()
    expect(page.locator(".sheet__draft")).to_have_count(0)
    expect(page.locator("textarea[name=note]")).to_have_value("")
    page.wait_for_function("() => document.documentElement.dataset.keeps === '1'")
    page.locator("textarea[name=note]").fill("another one")
    drafted(page, "activity.log /capture", "another one")


def contacts(name: str) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Contact.id)).where(Contact.name == name)) or 0


def test_what_is_saved_early_without_signal_stays_on_the_phone(phone: Page) -> None:
    early(
        phone,
        "const form = find('form.form'); if (!form) return;"
        "form.elements.name.value = 'Hanna Berg'; form.requestSubmit(find('.btn--save'));",
    )
    phone.context.set_offline(True)
    phone.goto("/contacts/new", wait_until="commit")
    waits(phone, 1)
    assert not contacts("Hanna Berg")
    phone.context.set_offline(False)
    sent(phone)
    assert contacts("Hanna Berg") == 1


def test_what_the_scripts_never_come_for_goes_by_itself(phone: Page, day: Day) -> None:
    early(
        phone,
        "const form = find('form.form'); if (!form) return;"
        "form.elements.name.value = 'Hanna Berg'; form.requestSubmit(find('.btn--save'));",
    )
    phone.add_init_script("delete Object.getPrototypeOf(indexedDB).open;")
    phone.goto("/contacts/new", wait_until="commit")
    phone.wait_for_url("**/contacts/*-*")
    assert contacts("Hanna Berg") == 1


def test_two_taps_before_and_after_the_scripts_are_one_meeting(
    page: Page, day: Day, sqlite_app: Flask
) -> None:
    first, second, answered = Event(), Event(), Event()
    behind = sqlite_app.wsgi_app

    def slow(environ: dict[str, Any], start: Any) -> Any:
        """The first waits until the second is here, and is answered before it."""
        if environ["PATH_INFO"] not in ("/captures", "/api/v1/captures"):
            return behind(environ, start)
        if first.is_set():
            second.set()
            answered.wait(20)
            return behind(environ, start)
        first.set()
        second.wait(20)
        try:
            return behind(environ, start)
        finally:
            answered.set()

    early(
        page,
        """const sheet = find("#capture"); if (!sheet) return;
        find("[name=who]").click(); find("[name=outcome]").click();
        const save = () => sheet.requestSubmit(find(".btn--save"));
        const again = () => document.documentElement.dataset.keeps ? save() : setTimeout(again, 20);
        addEventListener("load", () => { save(); again(); });""",
    )
    before = meetings()
    with in_front_of(sqlite_app, "/", slow):
        page.goto("/capture", wait_until="commit")
        assert second.wait(10)
        expect(page).to_have_url(re.compile("/today"))
    assert meetings() == before + 1


def meetings() -> int:
    db.session.rollback()
    held = Activity.kind == "meeting", Activity.done_at.is_not(None)
    return db.session.scalar(select(func.count(Activity.id)).where(*held)) or 0


def test_a_refused_form_goes_to_the_server_with_all_its_words(page: Page, day: Day) -> None:
    # The answer to a form that posted by itself.
    early(
        page,
        "const form = find('form.form'); if (!form || form.dataset.plain) return;"
        "form.elements.job_title.value = 'Head of sales'; form.elements.phone[0].value = '12';"
        "form.submit();",
    )
    page.goto(f"/contacts/{day.contact}/edit", wait_until="commit")
    page.locator("#f-phone-error").wait_for()
    until(page, "document.documentElement.dataset.keeps === '1'")
    page.context.set_offline(True)
    page.locator('[name="phone"]').first.fill("+49 30 901820")
    page.locator(".btn--save").tap()
    expect(page.locator("form .notice")).to_have_text("No signal")
    page.context.set_offline(False)
    page.locator(".btn--save").tap()
    expect(page.locator("h1")).not_to_have_text("Edit")
    db.session.rollback()
    assert db.session.get_one(Contact, day.contact).job_title == "Head of sales"


def test_an_order_chosen_early_is_followed(page: Page, day: Day) -> None:
    early(page, "const order = find('[name=order]'); order.selectedIndex = order.length - 1;")
    page.goto("/pipeline")
    last = page.locator("[name=order] option").last.get_attribute("value")
    expect(page).to_have_url(re.compile(f"order={last}"))


def test_a_date_field_focused_early_has_its_calendar(page: Page, day: Day) -> None:
    early(page, "find('date-picker input').focus();")
    page.goto("/activities/new?contact_id=" + day.contact)
    expect(page.locator(".calendar").first).to_be_visible()


def test_a_field_that_was_only_tapped_on_is_not_taken_for_typed_in(page: Page, day: Day) -> None:
    visit(page, f"/contacts/{day.contact}/edit")
    page.evaluate("self.typed = 0; addEventListener('input', () => (typed += 1))")
    page.locator('[name="name"]').focus()
    loaded = """await (async () => {
      const all = performance.getEntriesByType("resource").map(({ name }) => name);
      const people = all.find((name) => name.endsWith("/local-people.js"));
      return people && import(people);
    })()"""
    until(page, loaded)
    assert page.evaluate("typed") == 0


def test_two_quick_taps_on_plus_open_one_sheet(page: Page, day: Day) -> None:
    visit(page, "/people")
    page.evaluate("for (const _ of [1, 2]) document.querySelector('.nav__add').click()")
    page.locator(".sheet__dialog form").wait_for()
    page.wait_for_load_state("networkidle")
    expect(page.locator("bottom-sheet")).to_have_count(1)


def test_a_page_put_away_during_a_call_asks_about_it_when_it_is_back(page: Page, day: Day) -> None:
    visit(page)
    call = {"who": f"contact_id={day.contact}", "at": page.evaluate("Date.now()")}
    page.evaluate("(call) => outbox.drafts.save('called', call)", call)
    visit(page)
    expect(page.locator(".sheet__dialog form")).to_contain_text("You just called")
