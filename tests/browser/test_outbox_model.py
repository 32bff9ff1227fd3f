"""The real outbox over a phone, a line and a server in memory: nothing is lost, nothing is doubled.

tests/offline/model.js throws the dice; every seed is a schedule of captures, drains and faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.house_rules.source import ROOT
from tests.offline.broken_rules import RULES, Rule

OUTBOX = ROOT / "static/js/outbox.js"
MODEL = ROOT / "tests/offline/model.js"
SEEDS, PARTS = 5000, 5
RUN = """async ({outbox, model, from, to, untilWrong}) => {
  const load = text => { const self = {}; new Function('self', text)(self); return self; };
  return load(model).model.run(load(outbox).outbox, from, to, {untilWrong});
}"""


@pytest.fixture(scope="module")
def empty(browser: Browser) -> Iterator[Page]:
    """An empty page: the model needs no server, and no policy stands in its way."""
    page = browser.new_page()
    yield page
    page.close()


def run(page: Page, outbox: str, model: str, first: int, last: int, **more: Any) -> Any:
    """Run the seeds and return {"seeds", "captures", "wrong": [{"seed", "said"}]}."""
    asked = {"outbox": outbox, "model": model, "from": first, "to": last}
    return page.evaluate(RUN, asked | more)


@pytest.mark.mission(115, 116, 117)
@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_every_saved_capture_arrives_once_or_stands_refused(
    empty: Page, part: int
) -> None:
    each = SEEDS // PARTS
    told = run(empty, OUTBOX.read_text(), MODEL.read_text(), part * each, (part + 1) * each)
    assert told["wrong"] == []
    assert (told["seeds"], told["captures"] > 10 * each) == (each, True)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_broken_rule_is_caught(empty: Page, rule: Rule) -> None:
    texts = {"outbox.js": OUTBOX.read_text(), "model.js": MODEL.read_text()}
    assert texts[rule.file].count(rule.text) == 1, f"{rule.name}: the text is no longer there"
    texts[rule.file] = texts[rule.file].replace(rule.text, rule.broken)
    told = run(empty, texts["outbox.js"], texts["model.js"], 0, 500, untilWrong=True)
    assert told["wrong"], f"500 seeds did not see: {rule.name}"
    said = told["wrong"][0]["said"]
    assert any(re.search(rule.seen, words) for words in said), said
