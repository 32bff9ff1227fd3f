"""A book as large as a rep's phone may hold, and the page that looks people up in it."""

from __future__ import annotations

import random

from playwright.sync_api import Page

from tests.browser.keeping import visit

FIRST = ["سارا", "علی", "نینا", "Sara", "Ali", "Peter", "محمّد", "Ångström", "كاظم", "زهرا"]
LAST = ["رضایی", "مرادی", "کریمی", "Rezaei", "Vance", "Holm", "دیجی‌کالا", "پخش البرز", "یزدی"]


def people(count: int) -> list[list[str]]:
    """Return as many people as the book holds, one of them known by name and number."""
    draw = random.Random(5)
    made = [
        [
            f"contact:01930000-0000-7000-8000-{n:012}",
            f"{draw.choice(FIRST)} {draw.choice(LAST)} {n}",
            draw.choice(LAST),
            f"9891{n:08}",
            "س",
        ]
        for n in range(count - 1)
    ]
    known = ["lead:01930000-0000-7000-8000-00000000beef", "Mehdi Kāzemi", "فولاد سپهر یزد"]
    return [*made, [*known, "989121234567,982188776655", "MK"]]


PUT = """async ([user_id, people, deals]) => {
  await outbox.book.put({made_at: new Date().toISOString(), user_id, epoch: "1", people, deals});
  new BroadcastChannel("hamrah").postMessage({type: "book"});
}"""
LOAD = """async () => {
  const { src } = document.querySelector("[data-src]").dataset;
  await import(src);
  const tool = await import(src.replace("boot.js", "lookup.js"));
  await tool.book();
  window.lookup = tool;
}"""


def with_book(page: Page, user_id: str, count: int) -> None:
    """Put a book of so many people on the phone and open the page that looks them up."""
    deals = [{"id": user_id, "name": "Warehouse suite", "account": "Alborz", "amount_words": ""}]
    page.evaluate(PUT, [user_id, people(count), deals])
    visit(page, "/offline")
    page.evaluate(LOAD)
    page.get_by_text("Warehouse suite").wait_for()
