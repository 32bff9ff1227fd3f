"""Phone numbers as they are typed, stored, shown and searched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.i18n import Locale, format_phone, parse_phone, phone_digits, use_locale

FA = Locale("fa", "jalali", "Asia/Tehran")
LRI, PDI = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("09123456789", "+989123456789"),
        ("۰۹۱۲ ۳۴۵ ۶۷۸۹", "+989123456789"),
        ("٠٩١٢-٣٤٥-٦٧٨٩", "+989123456789"),
        ("9123456789", "+989123456789"),
        ("989123456789", "+989123456789"),
        ("00989123456789", "+989123456789"),
        ("+98 912 345 6789", "+989123456789"),
        ("tel:+989123456789", "+989123456789"),
        ("\u2066۰۹۱۲ ۳۴۵ ۶۷۸۹\u2069", "+989123456789"),
        ("(021) 8877-6655", "+982188776655"),
        ("02188776655 داخلی ۱۲", "+982188776655;ext=12"),
        ("021-88776655 ext. 5", "+982188776655;ext=5"),
        ("+44 20 7946 0018", "+442079460018"),
        ("0044 7400 123456", "+447400123456"),
    ],
)
def test_a_number_is_understood_however_it_is_typed(text: str, e164: str) -> None:
    assert parse_phone(text, "IR") == e164


def test_00_leads_abroad_also_where_people_dial_something_else() -> None:
    assert parse_phone("0044 7400 123456", "US") == "+447400123456"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write a phone number."),
        ("call me", "Write one phone number, with digits only."),
        ("09123456789 / 09351234567", "Write one phone number, with digits only."),
        ("0912345", "A mobile number has 11 digits; 4 are missing."),
        ("0912345678", "A mobile number has 11 digits; 1 is missing."),
        ("+98912345", "A mobile number has 11 digits; 4 are missing."),
        ("091234567890", "A mobile number has 11 digits; this one has 1 too many."),
        ("09802002580", "No mobile number in Iran begins with 0980."),
        ("88776655", "Write the area code too, such as 021."),
        ("+1 23", "This is not a phone number we know. Check its digits and its country code."),
        ("1" * 300, "This is not a phone number we know. Check its digits and its country code."),
    ],
)
def test_a_number_that_is_none_says_what_is_wrong(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 — the whole sentence is compared
        parse_phone(text, "IR")
    assert str(refused.value) == sentence


def test_what_is_wrong_is_said_in_persian_digits_too() -> None:
    with use_locale(FA), pytest.raises(ValueError, match="۱۱ رقم است؛ ۴ رقم کم دارد"):
        parse_phone("0912345", "IR")


def test_a_number_is_shown_as_the_region_dials_it() -> None:
    assert format_phone("+989123456789", "IR") == "0912 345 6789"
    assert format_phone("+989123456789", "GB") == "+98 912 345 6789"
    assert format_phone("+982188776655;ext=12", "IR") == "021 8877 6655 ext. 12"


def test_in_persian_a_number_is_isolated_so_that_its_groups_keep_their_places() -> None:
    with use_locale(FA):
        assert format_phone("+989123456789", "IR") == f"{LRI}۰۹۱۲ ۳۴۵ ۶۷۸۹{PDI}"


def test_what_cannot_be_read_is_shown_as_it_is() -> None:
    assert format_phone("1500", "IR") == "1500"


def test_search_sees_a_number_as_dialled_from_home_and_from_abroad() -> None:
    digits = phone_digits("+989123456789")
    assert digits == "989123456789 09123456789"
    assert all(part in digits for part in ("6789", "0912345", "98912"))
    assert phone_digits("+982188776655;ext=12") == "982188776655 02188776655 12"


@given(st.from_regex(r"\+98(91[0-9]|90[1-5]|93[0-9])[0-9]{7}", fullmatch=True))
def test_a_number_as_shown_is_read_back_the_same(e164: str) -> None:
    with use_locale(FA):
        assert parse_phone(format_phone(e164, "IR"), "IR") == e164
        assert parse_phone(format_phone(e164, "GB"), "GB") == e164


@given(st.text(max_size=40), st.sampled_from(["IR", "GB", "US", "AE"]))
def test_whatever_is_typed_gives_a_number_or_a_sentence(text: str, region: str) -> None:
    try:
        answer = parse_phone(text, region)
    except ValueError as refused:
        answer = str(refused)
    assert answer.startswith("+") or answer.endswith(".")
