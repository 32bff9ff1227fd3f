"""Long names, great sums, emoji, both scripts in a line; twice the text, 320 px: nothing is cut."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm import clock
from crm.users.viewer import Viewer
from tests import factories
from tests.browser.devices import NewPage
from tests.browser.test_every_page import SIDEWAYS

NAMES = ["W" * 80, "شرکت Müller & Søn (تهران) ۱۲۳ GmbH", "👩🏽‍🚀🏢 Rocket 🚀", "ن" * 80]
#: Text that its own box hides. Lists that scroll by themselves, texts for readers, the star aside.
CUT = """() => {
  const aside = '.visually-hidden, .scroller, .tabs, .stages, svg, select, [data-text]';
  const never = 'input, textarea, #main, .nav__word, .hero';
  return [...document.querySelectorAll('main *, nav *')].filter(e => {
    const s = getComputedStyle(e);
    if (s.overflowX === 'visible' || e.closest(aside) || e.matches(never)) return false;
    if (!e.textContent.trim() || !e.clientWidth) return false;
    const low = s.overflowY !== 'visible' && e.scrollHeight > e.clientHeight + 2;
    return low || e.scrollWidth > e.clientWidth + 1;
  }).map(e => `${e.className || e.tagName}: ${e.textContent.trim().slice(0, 60)}`);
}"""


def _records(owner: Viewer, name: str, currency: str) -> list[str]:
    """Give the person everything there is under this name; return the pages that show it."""
    now = clock.now()
    account = factories.an_account(owner, name)
    contact = factories.a_contact(
        owner, name, account, job_title=name, phones=factories.labelled("+989123456789"),
        emails=factories.labelled(f"{'x' * 60}@example.com"),
    )  # fmt: skip
    about = {"account_id": account.id, "contact_id": contact.id}
    deal = factories.a_deal(
        owner, name, amount=999_999_999_999_999, currency=currency, **about,
        stage_entered_at=now - timedelta(days=20),
    )  # fmt: skip
    lead = factories.a_lead(owner, name, company=name, heat="hot", needs=name, job_title=name)
    ended = now - timedelta(minutes=5)
    factories.an_activity(
        owner, "meeting", due_at=ended - timedelta(hours=1), ends_at=ended, **about
    )
    late = now - timedelta(days=2)
    factories.an_activity(owner, "call", due_at=late, subject=name, deal_id=deal.id, **about)
    factories.a_deal(owner, name, amount=10**15, stage_entered_at=now - timedelta(days=30))
    return [f"/accounts/{account.id}", f"/contacts/{contact.id}", f"/deals/{deal.id}",
            f"/leads/{lead.id}", f"/pipeline?open={deal.id}"]  # fmt: skip


@pytest.fixture
def paths(live_server: str, sara: Viewer) -> list[str]:
    found = ["/today", "/people", "/capture", "/more", "/settings", "/deals/new"]
    for number, name in enumerate(NAMES):
        found += _records(sara, name, ("IRR", "EUR")[number % 2])
    return found


@pytest.mark.timeout(120)
def test_nothing_is_cut_and_nothing_scrolls_sideways(
    new_page: NewPage, sara: Viewer, paths: list[str], language: str
) -> None:
    page = new_page(sara, language=language, viewport={"width": 320, "height": 844})
    wrong = []
    for path in paths:
        page.goto(path)
        for width, text in ((320, 100), (390, 100), (390, 200)):
            page.set_viewport_size({"width": width, "height": 844})
            page.evaluate(f"document.documentElement.style.fontSize = '{text}%'")
            here = f"{path} at {width} px, text at {text} %"
            if line := page.evaluate(SIDEWAYS, width):
                wrong.append(f"{here}: {line}")
            wrong += [f"{here} cuts {line}" for line in page.evaluate(CUT)]
        page.set_viewport_size({"width": 320, "height": 844})
    assert not wrong, "\n".join(wrong)
