"""Long names, great sums, emoji, both scripts in a line; twice the text, 320 px: nothing is cut."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from crm import clock
from crm.users.viewer import Viewer
from tests import factories
from tests.browser.test_every_page import SIDEWAYS

NewPage = Callable[..., Page]
NAMES = ["W" * 80, "شرکت Müller & Søn (تهران) ۱۲۳ GmbH", "👩🏽‍🚀🏢 Rocket 🚀", "ن" * 80]
#: Text that its own box hides. Lists that scroll by themselves, texts for readers, the star aside.
CUT = """() => [...document.querySelectorAll('main *, nav *')].filter(e => {
  const s = getComputedStyle(e);
  if (s.overflowX === 'visible' || e.closest('.visually-hidden, .scroller, .tabs, .stages, svg, select, [data-text]'))
    return false;
  if (!e.textContent.trim() || !e.clientWidth || e.matches('input, textarea, #main, .nav__word, .hero')) return false;
  return e.scrollWidth > e.clientWidth + 1 || (s.overflowY !== 'visible' && e.scrollHeight > e.clientHeight + 2);
}).map(e => `${e.className || e.tagName}: ${e.textContent.trim().slice(0, 60)}`)"""


@pytest.fixture
def paths(live_server: str, sara: Viewer) -> list[str]:
    now = clock.now()
    found = []
    for number, name in enumerate(NAMES):
        account = factories.an_account(sara, name)
        contact = factories.a_contact(
            sara,
            name,
            account,
            job_title=name,
            phones=factories.labelled("+989123456789"),
            emails=factories.labelled(f"{'x' * 60}@example.com"),
        )
        deal = factories.a_deal(
            sara,
            name,
            amount=999_999_999_999_999,
            account_id=account.id,
            contact_id=contact.id,
            currency=("IRR", "EUR")[number % 2],
            stage_entered_at=now - timedelta(days=20),
        )
        lead = factories.a_lead(sara, name, company=name, heat="hot", needs=name, job_title=name)
        factories.an_activity(
            sara,
            "meeting",
            due_at=now - timedelta(minutes=50),
            contact_id=contact.id,
            ends_at=now - timedelta(minutes=5),
            account_id=account.id,
        )
        factories.an_activity(
            sara,
            "call",
            due_at=now - timedelta(days=2),
            subject=name,
            contact_id=contact.id,
            deal_id=deal.id if number else None,
        )
        found += [
            f"/accounts/{account.id}",
            f"/contacts/{contact.id}",
            f"/deals/{deal.id}",
            f"/leads/{lead.id}",
            f"/pipeline?open={deal.id}",
        ]
    return ["/today", "/people", "/capture", "/more", "/settings", "/deals/new", *found]


@pytest.mark.parametrize(
    ("width", "text"), [(390, 100), (320, 100), (390, 200)], ids=["390", "320", "twice the text"]
)
def test_nothing_is_cut_and_nothing_scrolls_sideways(
    new_page: NewPage, sara: Viewer, paths: list[str], language: str, width: int, text: int
) -> None:
    page = new_page(sara, language=language, viewport={"width": width, "height": 844})
    wrong = []
    for path in paths:
        page.goto(path)
        page.evaluate(f"document.documentElement.style.fontSize = '{text}%'")
        if line := page.evaluate(SIDEWAYS, width):
            wrong.append(f"{path}: {line}")
        wrong += [f"{path} cuts {line}" for line in page.evaluate(CUT)]
    assert not wrong, "\n".join(wrong)
