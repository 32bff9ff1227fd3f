"""Amounts as they are said, in both languages."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.i18n import (
    CURRENCIES,
    Locale,
    MoneyParts,
    decimal,
    money,
    money_parts,
    number,
    parse_amount,
    percent,
    use_locale,
)

EN = Locale("en", "gregorian", "Europe/London")
FA = Locale("fa", "jalali", "Asia/Tehran")
FA_RIAL = Locale("fa", "jalali", "Asia/Tehran", money_unit="rial")
LRM = "\N{LEFT-TO-RIGHT MARK}"
NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("amount", "currency", "en", "en_compact", "fa", "fa_compact"),
    [
        (2_000_000_000, "IRR", "200m toman", "200m toman", "۲۰۰ میلیون تومان", "۲۰۰ میلیون تومان"),
        (14 * 10**9, "IRR", "1.4bn toman", "1.4bn toman", "۱٫۴ میلیارد تومان", "۱٫۴ میلیارد تومان"),
        (123_456_700, "IRR", "12,345,670 toman", "12.3m toman",
            "۱۲٬۳۴۵٬۶۷۰ تومان", "۱۲٫۳ میلیون تومان"),
        (12_345, "IRR", "1,234.5 toman", "1.2k toman", "۱٬۲۳۴٫۵ تومان", "۱٬۲۳۵ تومان"),
        (125_000, "IRR", "12,500 toman", "13k toman", "۱۲٬۵۰۰ تومان", "۱۳ هزار تومان"),
        (5_000_000, "IRR", "500k toman", "500k toman", "۵۰۰ هزار تومان", "۵۰۰ هزار تومان"),
        (0, "IRR", "0 toman", "0 toman", "۰ تومان", "۰ تومان"),
        (4_800_000, "EUR", "€48,000", "€48k", "۴۸ هزار یورو", "۴۸ هزار یورو"),
        (140_000_000, "EUR", "€1,400,000", "€1.4m", "۱٫۴ میلیون یورو", "۱٫۴ میلیون یورو"),
        (98_940_000, "EUR", "€989,400", "€989k", "۹۸۹٬۴۰۰ یورو", "۹۸۹ هزار یورو"),
        (99_995_000, "EUR", "€999,950", "€1m", "۹۹۹٬۹۵۰ یورو", "۱ میلیون یورو"),
        (1_250, "EUR", "€12.50", "€13", "۱۲٫۵۰ یورو", "۱۳ یورو"),
        (5_000_000, "AED", f"AED{NBSP}50,000", f"AED{NBSP}50k", "۵۰ هزار درهم", "۵۰ هزار درهم"),
        (-4_800_000, "EUR", "−€48,000", "−€48k", f"{LRM}−۴۸ هزار یورو", f"{LRM}−۴۸ هزار یورو"),
        (-2_000_000_000, "IRR", "−200m toman", "−200m toman",
            f"{LRM}−۲۰۰ میلیون تومان", f"{LRM}−۲۰۰ میلیون تومان"),
    ],
)  # fmt: skip
def test_an_amount_is_written_as_it_is_said(
    amount: int, currency: str, en: str, en_compact: str, fa: str, fa_compact: str
) -> None:
    assert money(amount, currency, locale=EN) == en
    assert money(amount, currency, compact=True, locale=EN) == en_compact
    assert money(amount, currency, locale=FA) == fa
    assert money(amount, currency, compact=True, locale=FA) == fa_compact


def test_who_counts_in_rials_sees_rials() -> None:
    assert money(2_000_000_000, "IRR", locale=FA_RIAL) == "۲ میلیارد ریال"
    assert money(12_345, "IRR", locale=FA_RIAL) == "۱۲٬۳۴۵ ریال"


def test_the_unit_can_be_set_lighter_than_its_number() -> None:
    assert money_parts(2_000_000_000, "IRR", locale=FA) == MoneyParts("۲۰۰", "میلیون تومان", False)
    assert money_parts(4_800_000, "EUR", locale=EN) == MoneyParts("48,000", "€", True)
    assert money_parts(4_800_000, "EUR", compact=True, locale=EN) == MoneyParts("48k", "€", True)
    assert money_parts(2_000_000_000, "IRR", locale=EN) == MoneyParts("200m", "toman", False)


def test_a_column_may_leave_the_currencys_name_away_but_not_its_symbol() -> None:
    assert money(11 * 10**9, "IRR", compact=True, bare=True, locale=FA) == "۱٫۱ میلیارد"
    assert money(26_400_000, "EUR", compact=True, bare=True, locale=EN) == "€264k"


def test_a_currency_without_a_row_is_shown_by_its_code() -> None:
    assert money(1_234_500, "XTS", locale=EN) == f"XTS{NBSP}12,345"


locales = st.sampled_from([EN, FA, FA_RIAL])
amounts = st.one_of(
    st.integers(-(10**15), 10**15),
    st.builds(lambda n, zeros: n * 10**zeros, st.integers(-9999, 9999), st.integers(0, 12)),
)


@given(amounts, st.sampled_from(sorted({*CURRENCIES} - {"IRT"})), locales)
def test_an_amount_as_shown_is_read_back_the_same(
    amount: int, currency: str, locale: Locale
) -> None:
    with use_locale(locale):
        assert parse_amount(money(amount, currency), currency) == amount


@given(amounts, locales)
def test_a_compact_amount_is_near_the_true_one(amount: int, locale: Locale) -> None:
    with use_locale(locale):
        shown = parse_amount(money(amount, "EUR", compact=True), "EUR")
    assert abs(shown - amount) <= max(50, abs(amount) * 5 // 100)


def test_numbers_in_both_digits() -> None:
    assert (number(1200, locale=EN), number(1200, locale=FA)) == ("1,200", "۱٬۲۰۰")
    assert number(-10, locale=EN) == "−10"
    assert number(30, signed=True, locale=EN) == "+30"
    assert number(0, signed=True, locale=EN) == "0"


def test_a_sign_stays_left_of_persian_digits() -> None:
    assert number(30, signed=True, locale=FA) == f"{LRM}+۳۰"
    assert number(-10, locale=FA) == f"{LRM}−۱۰"


def test_decimals_round_half_up_and_lose_their_zeros() -> None:
    assert decimal(2.9, locale=FA) == "۲٫۹"
    assert decimal(Fraction(5, 4), 1, locale=EN) == "1.3"
    assert decimal(3, 2, locale=EN) == "3"
    assert (decimal(1.45, locale=EN), decimal(2.05, 2, locale=EN)) == ("1.5", "2.05")
    assert decimal(-0.01, 1, locale=EN) == "0"
    assert decimal(Fraction(10**30, 3), 0, locale=EN).replace(",", "") == str(10**30 // 3)


def test_a_per_cent_sign_follows_its_digits() -> None:
    assert (percent(60, locale=EN), percent(60, locale=FA)) == ("60%", "۶۰٪")
    assert percent(38.7096, locale=EN) == "39%"
