"""The style sheets: logical sides only, small, readable in both themes; every icon drawn."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CSS = ROOT / "static" / "css"
SHEETS = ("tokens", "reset", "base", "layout", "components", "utilities")
#: Not joined to the others: what a visitor's form needs, and nothing of the app's.
ALONE = ("form",)
PHYSICAL = re.compile(
    r"(?:^|[;{\s])(?:[a-z-]+-)?(?:left|right|top|bottom)(?:-[a-z-]+)?\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
    r"|(?:^|[;{\s])(?:min-|max-)?(?:width|height)\s*:",
)
#: What the system itself calls left and right: only the notch of a phone held sideways.
ALLOWED = re.compile(r"env\(safe-area-inset-(?:left|right|top|bottom), 0px\)")

# foreground, background, least contrast: what looks.md promises, kept by the tokens.
CONTRASTS = (
    ("ink", "surface", 7), ("ink", "bg", 7), ("ink-2", "surface", 7), ("ink-2", "bg", 7),
    ("ink-3", "surface", 4.5), ("ink-3", "bg", 4.5), ("ink-3", "sunken", 4.5),
    ("on-act", "act", 4.5), ("on-mark", "mark", 4.5), ("mark", "surface", 3),
    ("act-text", "act-tint", 4.5), ("act-text", "surface", 4.5), ("act-text", "bg", 4.5),
    ("on-hero", "hero", 7), ("on-hero-2", "hero", 7), ("on-hero", "hero-chip", 7),
    ("heat", "hero", 4.5), ("heat-ink", "heat", 4.5),
    ("heat-text", "heat-tint", 4.5), ("heat-text", "surface", 4.5),
    ("good", "good-tint", 4.5), ("good", "surface", 4.5),
    ("late", "late-tint", 4.5), ("late", "surface", 4.5), ("late", "bg", 4.5),
    ("on-toast", "toast", 7), ("toast-act", "toast", 4.5),
    ("edge", "surface", 3), ("edge", "bg", 3),
)  # fmt: skip


def read(name: str) -> str:
    return re.sub(r"/\*.*?\*/", "", (CSS / f"{name}.css").read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("name", SHEETS + ALONE)
def test_sides_are_logical(name: str) -> None:
    text = ALLOWED.sub("", read(name))
    assert [m.group().strip() for m in PHYSICAL.finditer(text)] == []


@pytest.mark.parametrize("name", SHEETS + ALONE)
def test_every_sheet_wraps_itself_in_its_layer(name: str) -> None:
    assert re.search(rf"^@layer {name} \{{", read(name), re.MULTILINE)


def test_there_are_no_other_sheets() -> None:
    assert sorted(p.stem for p in CSS.glob("*.css")) == sorted(SHEETS + ALONE)


def test_all_sheets_together_are_small() -> None:
    joined = "".join((CSS / f"{name}.css").read_text() for name in SHEETS)
    assert len(gzip.compress(joined.encode(), 9)) <= 12_000


def test_utilities_stay_few() -> None:
    assert len(re.findall(r"^  \.", read("utilities"), re.MULTILINE)) <= 20


def test_sizes_of_type_grow_with_the_phones_setting() -> None:
    for name in SHEETS + ALONE:
        assert not re.findall(r"font(?:-size)?\s*:[^;]*\d+px", read(name)), name


def tokens(theme: str) -> dict[str, str]:
    block = re.search(
        {
            "light": r":root \{\s*color-scheme: light;(.*?)\n  \}",
            "dark": r':root\[data-theme="dark"\] \{(.*?)\n  \}',
        }[theme],
        read("tokens"),
        re.DOTALL,
    )
    assert block
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9A-F]{6})", block.group(1)))


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), CONTRASTS)
def test_contrast_holds(theme: str, front: str, back: str, least: float) -> None:
    colours = tokens(theme)
    high, low = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= least


def test_a_phone_that_is_dark_by_itself_gets_the_chosen_dark() -> None:
    by_itself = re.search(
        r':root:not\(\[data-theme="light"\]\) \{(.*?)\n    \}', read("tokens"), re.DOTALL
    )
    assert by_itself
    assert dict(re.findall(r"--([a-z0-9-]+): (#[0-9A-F]{6})", by_itself.group(1))) == tokens("dark")


def used_icons() -> set[str]:
    names: set[str] = set()
    for path in (ROOT / "templates").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        for call in re.findall(r"\b(?:icon|tile)\(([^()]*)\)", text):
            literal = re.sub(r"class='[^']*'|==\s*'[^']*'", "", call.split(",")[0])
            names |= set(re.findall(r"'([a-z-]+)'", literal))
        names |= set(re.findall(r"icon_name='([a-z-]+)'", text))
    return names


def test_every_icon_used_is_drawn() -> None:
    drawn = re.findall(r"^  '([a-z-]+)': ", (ROOT / "templates/macros/icon.html").read_text(), re.M)
    assert len(drawn) == len(set(drawn))
    assert used_icons() - set(drawn) == set()
