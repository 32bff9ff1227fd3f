"""Each documented hole of a rival has a test that shows it closed here."""

from __future__ import annotations

import re

from tests.house_rules.source import ROOT

HOLES = {
    "the field rep's edit vanishes on conflict",
    "comments and photos impossible offline",
    "only 30 × 5 records cached",
    "unsynced changes lost when a cache is cleared",
    "unsynced changes lost when a page is hard-reloaded",
    "no duplicate detection offline",
    "no deals on the phone at all",
    "a touch near a card starts a drag",
    "a record must have been opened before",
    "its kind must have been created before",
}
MARK = re.compile(r'^@pytest\.mark\.rival\("([^"]+)"\)\n(?:@.*\n)*def test_', re.MULTILINE)


def test_every_hole_of_a_rival_is_shown_closed() -> None:
    shown = [
        hole
        for path in (ROOT / "tests").rglob("test_*.py")
        for hole in MARK.findall(path.read_text())
    ]
    assert set(shown) == HOLES
