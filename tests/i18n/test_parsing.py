"""What people type into forms, understood or refused with a sentence that helps."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.i18n import Locale, parse_amount, parse_date, parse_time, use_locale
from crm.i18n.formatting import date, date_long, date_numeric, time

EN = Locale("en", "gregorian", "Europe/London")
FA = Locale("fa", "jalali", "Asia/Tehran")
TODAY = dt.date(2026, 11, 21)
TUESDAY = dt.date(2026, 11, 24)
every_locale = st.builds(
    Locale, st.sampled_from(["en", "fa"]), st.sampled_from(["gregorian", "jalali"])
)


@pytest.mark.parametrize("locale", [EN, FA])
@pytest.mark.parametrize(
    "text",
    [
        "1405/9/3", "۱۴۰۵/۹/۳", "۱۴۰۵-۰۹-۰۳", "١٤٠٥/٩/٣", "1405.9.3", "3/9/1405", "14050903",
        "2026-11-24", "24/11/2026", "11/24/2026", "۳ آذر ۱۴۰۵", "سه‌شنبه ۳ آذر", "3 Azar",
        "24 Nov", "Tue 24 November 2026", " 2026-11-24 ",
    ],
)  # fmt: skip
def test_either_reader_may_write_either_calendar(text: str, locale: Locale) -> None:
    assert parse_date(text, locale, TODAY) == TUESDAY


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("05/9/3", FA, TUESDAY),
        ("9/3", FA, TUESDAY),
        ("65/1/1", FA, dt.date(1986, 3, 21)),
        ("24/11/26", EN, TUESDAY),
        ("24/11", EN, TUESDAY),
        ("11-24", EN, TUESDAY),
    ],
)
def test_a_short_year_or_none_is_of_the_readers_calendar(
    text: str, locale: Locale, expected: dt.date
) -> None:
    assert parse_date(text, locale, TODAY) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write a date, such as 2026-11-21."),
        ("soon", "This is not a date we can read. Write it like 2026-11-21."),
        ("1700/1/1", "This is not a date we can read. Write it like 2026-11-21."),
        ("9" * 500, "This is not a date we can read. Write it like 2026-11-21."),
        ("1405/12/30", "Esfand has 29 days this year."),
        ("2026-02-29", "February has 28 days this year."),
        ("2026-13-01", "There are 12 months: write the month as a number from 1 to 12."),
    ],
)
def test_a_date_that_is_none_says_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 — the whole sentence is compared
        parse_date(text, EN, TODAY)
    assert str(refused.value) == sentence


def test_the_sentence_is_in_the_readers_language_and_calendar() -> None:
    with pytest.raises(ValueError, match="این‌طور بنویسید: ۱۴۰۵/۰۸/۳۰"):
        parse_date("فلان", FA, TODAY)


def test_without_today_a_date_needs_its_year() -> None:
    with pytest.raises(ValueError, match="Write it like"):
        parse_date("9/3", EN)


@given(st.dates(dt.date(1931, 1, 1), dt.date(2099, 12, 31)), every_locale)
def test_a_date_as_shown_is_read_back_the_same(day: dt.date, locale: Locale) -> None:
    for shown in (date_numeric, date, date_long):
        assert parse_date(shown(day, locale=locale), locale) == day
    assert parse_date(date(day, today=day, locale=locale), locale, today=day) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10", (10, 0)), ("10:30", (10, 30)), ("۱۰:۳۰", (10, 30)), ("14", (14, 0)),
        ("1030", (10, 30)), ("10.30", (10, 30)), ("ساعت ۹", (9, 0)), ("2 pm", (14, 0)),
        ("12 am", (0, 0)), ("۵ عصر", (17, 0)), ("۱۲ ظهر", (12, 0)), ("۱ بعد‌از‌ظهر", (13, 0)),
        ("۱۲ شب", (0, 0)), ("9 صبح", (9, 0)), ("0:00", (0, 0)),
    ],
)  # fmt: skip
def test_times_as_they_are_typed(text: str, expected: tuple[int, int]) -> None:
    assert parse_time(text) == dt.time(*expected)


@pytest.mark.parametrize("text", ["", "24", "10:60", "14 am", "noon", "10:5", "-1", "1" * 500])
def test_a_time_that_is_none_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"Write the time like 10:30\."):
        parse_time(text)


@given(st.times(), every_locale)
def test_a_time_as_shown_is_read_back_the_same(clock: dt.time, locale: Locale) -> None:
    instant = dt.datetime(2026, 11, 24, clock.hour, clock.minute, tzinfo=dt.UTC)
    assert parse_time(time(instant, locale=locale)) == instant.time()


@pytest.mark.parametrize(
    ("text", "toman"),
    [
        ("200", 200), ("200m", 200e6), ("200k", 200e3), ("1.4bn", 1.4e9), ("200 million", 200e6),
        ("۲۰۰ میلیون", 200e6), ("۲۰۰میلیون", 200e6), ("۱٫۴ میلیارد", 1.4e9), ("۱/۴ میلیارد", 1.4e9),
        ("٢٠٠ ملیون", 200e6), ("۲ میلیارد و ۳۰۰ میلیون", 2.3e9), ("۲ میلیارد و ۳۰۰", 2.3e9),
        ("دویست هزار", 200e3), ("یک و نیم میلیون", 1.5e6), ("دو میلیون و نیم", 2.5e6),
        ("نیم میلیون", 5e5), ("هزار تومن", 1000), ("۲ هزار میلیارد", 2e12), ("3m 200k", 3.2e6),
        ("۱۲٬۳۴۵٬۶۷۰", 12345670), ("12,345,670", 12345670), ("12.345.670", 12345670),
        ("12 345 670", 12345670), ("1/400/000", 1400000), ("12,345,670.5", 12345670.5),
        ("12.500", 12500), ("1.234 million", 1234e3), ("1,234m", 1234e6), ("-200", -200),
        ("منفی ۵ هزار", -5000), ("twenty three", 23),
        # The unit said wins over the form's.
        ("۲۰۰ میلیون تومان", 200e6), ("۲۰۰ میلیون ریال", 20e6), ("200m IRR", 20e6),
    ],
)  # fmt: skip
def test_sums_of_toman_as_they_are_said(text: str, toman: float) -> None:
    assert parse_amount(text, "IRT") == round(toman * 10)


@pytest.mark.parametrize(
    ("text", "currency", "smallest"),
    [
        ("۲۰۰ میلیون", "IRR", 200_000_000), ("۲۰۰ میلیون تومان", "IRR", 2_000_000_000),
        ("€48,000", "EUR", 4_800_000), ("48k", "EUR", 4_800_000), ("48.50", "EUR", 4850),
        ("48,5", "EUR", 4850), ("1.234,56", "EUR", 123_456), ("1,234.56 USD", "USD", 123_456),
        ("us$ 5", "USD", 500), ("12.345", "EUR", 1_234_500), ("12.345", "KWD", 12_345),
        ("0.5", "EUR", 50), ("۵ ریال عمان", "OMR", 5000), ("¥500", "JPY", 500),
        ("2m and 300", "EUR", 200_030_000),
    ],
)  # fmt: skip
def test_sums_of_other_money(text: str, currency: str, smallest: int) -> None:
    assert parse_amount(text, currency) == smallest


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write an amount, such as"),
        ("much", "This is not an amount we can read"),
        ("1,234,56", "This is not an amount we can read"),
        ("12,34,567", "This is not an amount we can read"),
        ("5 5", "This is not an amount we can read"),
        ("5 million 5 million", "This is not an amount we can read"),
        ("1e5", "This is not an amount we can read"),
        ("nan", "This is not an amount we can read"),
        ("toman", "This is not an amount we can read"),
        ("200 تومان ریال", "This is not an amount we can read"),
        ("9" * 5000, "This is not an amount we can read"),
        ("99999999999999999999", "This amount is too large"),
        ("9 trillion thousand thousand", "This is not an amount we can read"),
        ("1.25", "This amount is smaller than the smallest coin"),
        ("200 €", "This amount says euro, but the currency here is toman"),
    ],
)
def test_an_amount_that_is_none_says_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_amount(text, "IRT")


def test_cents_are_counted() -> None:
    with pytest.raises(ValueError, match="2 digits after the point"):
        parse_amount("12.3456", "EUR")


def test_an_amounts_sentence_is_in_the_readers_language() -> None:
    with use_locale(FA), pytest.raises(ValueError, match="این مبلغ خوانده نشد"):
        parse_amount("فلان", "IRT")


@given(st.text(max_size=40))
def test_whatever_is_typed_gives_a_value_or_a_sentence(text: str) -> None:
    for read in (lambda t: parse_amount(t, "IRT"), parse_time, lambda t: parse_date(t, FA, TODAY)):
        try:
            answer = read(text)
        except ValueError as refused:
            answer = str(refused)
        assert not isinstance(answer, str) or answer.endswith(".")
