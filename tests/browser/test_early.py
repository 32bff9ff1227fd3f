"""Somebody quick: what is typed, chosen and saved before the page's late scripts are there counts."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from crm.accounts.models import Contact
from crm.database import db
from tests.browser.keeping import choose, open_sheet, sent, until, visit, waits
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
