"""One spelling for search, however it was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.i18n import fold, to_ascii_digits, to_persian_digits


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("كيان", "کیان"),
        ("علي", "علی"),
        ("موسى", "موسی"),
        ("دیجی‌کالا", "دیجیکالا"),
        ("می‌شود", "میشود"),
        ("أحمد إيران آب ٱلله", "احمد ایران اب الله"),
        ("مؤسسه", "موسسه"),
        ("مسئول", "مسیول"),
        ("شركة", "شرکه"),
        ("خانهٔ", "خانه"),
        ("خانۀ", "خانه"),
        ("املاء", "املا"),
        ("مُحَمَّد", "محمد"),
        ("ســـلام", "سلام"),
        ("\u200e۰۹۱۲\u200f", "0912"),
        ("٠٩١٢", "۰۹۱۲"),
        ("Ａｃｍｅ １２", "acme 12"),
        ("Café", "CAFE"),
        ("İstanbul", "istanbul"),
        ("Straße", "STRASSE"),
        ("Łódź", "lodz"),
        ("ﷲ", "الله"),
        ("  two \t\n spaces ", "two spaces"),
        ("O’Neil", "o'neil"),
    ],
)
def test_two_spellings_of_one_thing_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_a_plain_space_still_parts_two_words() -> None:
    assert fold("دیجی کالا").split() == ["دیجی", "کالا"]


def test_different_words_stay_different() -> None:
    assert len({fold(word) for word in ("سارا", "ساره", "سرا", "Sara", "Zara")}) == 5


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_takes_a_shorter_way_to_the_same_end(text: str) -> None:
    # The half-space is dropped, and sends the text the long way round.
    assert fold(text) == fold(text + "\u200c")


@given(st.integers(min_value=0))
def test_digits_come_back_from_persian(n: int) -> None:
    assert to_ascii_digits(to_persian_digits(str(n))) == str(n)


def test_digits_of_every_script_are_read_and_the_rest_is_left() -> None:
    assert to_ascii_digits("۱۲٣४ كد ²½") == "1234 كد ²½"
    assert to_persian_digits("A1 ٢") == "A۱ ۲"
