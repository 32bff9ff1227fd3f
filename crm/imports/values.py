"""Single cells: amounts, phones, labels and the words that other systems use for ours."""

from __future__ import annotations

import re
from functools import lru_cache

from crm.i18n import Locale, _, find_currency, fold, parse_amount, parse_phone, to_ascii_digits
from crm.i18n.currencies import find_currency_by_word
from crm.imports.dates import Moment, read_moment
from crm.imports.words import MEANINGS
from crm.schema import MOST_AMOUNT, Labelled

#: Between several values in one cell, as Google writes them.
_SEVERAL = re.compile(r"\s*:::\s*")
_PLAIN = re.compile(r"(\d{1,15})(?:\.(\d{1,2}))?")
_EMAILS = Labelled("email")
_LABELS = {
    "mobile": "mobile cell موبایل همراه",
    "work": "work business office کار شرکت محل",
    "home": "home personal private منزل خانه شخصی",
    "fax": "fax فکس دورنگار",
}


def word(what: str, text: str) -> str:
    """Return our word for what the cell says. Raises ValueError where it is none that we know."""
    found = MEANINGS[what].get(fold(text))
    if found is None:
        raise ValueError(_("We do not know this word here."))
    return found


def several(text: str) -> list[str]:
    """Return the values in a cell."""
    return [one for one in _SEVERAL.split(text) if one]


def label(text: str) -> str:
    """Return the label of a phone or an e-mail address; "* Work" is "work"."""
    folded = fold(text).lstrip("* ")
    for ours, words in _LABELS.items():
        if any(one in folded for one in words.split()):
            return ours
    return folded[:20]


@lru_cache(maxsize=4096)
def phone(text: str, region: str) -> str:
    """Return the number in E.164. Raises ValueError with a sentence."""
    return parse_phone(text, region)


def email(text: str) -> str:
    """Return the address. Raises marshmallow's ValidationError with a sentence."""
    kept: list[dict[str, str]] = _EMAILS.deserialize([text.removeprefix("mailto:")])
    return kept[0]["value"]


def decimal(text: str) -> float:
    """Return a number written with thousands separators or a decimal point. Raises ValueError."""
    plain = to_ascii_digits(text).replace("٫", ".").replace("٬", "").replace(" ", "")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        number = float(plain.lstrip("$€£"))
    except ValueError:
        raise ValueError(_("Write a whole number.")) from None
    if not abs(number) < 2**53:
        raise ValueError(_("Write a whole number."))
    return number


def currency(text: str) -> str:
    """Return the code, as in a form, of what a cell says: "USD", "$", «تومان»."""
    found = find_currency_by_word(fold(text))
    if found is None:
        raise ValueError(_("We do not know this currency."))
    return found.code


@lru_cache(maxsize=4096)
def amount(text: str, form: str) -> int:
    """Return the amount in the smallest unit of the currency. Raises ValueError."""
    plain = text.strip()
    unit = find_currency(form).unit
    # Most cells are plain figures: exact, and thirty times as quick as words of size. Three
    # digits after a point may be a thousand and are left to the careful reader.
    if match := _PLAIN.fullmatch(plain):
        hundredths = int((match[2] or "").ljust(2, "0")) * unit
        if hundredths % 100 == 0:
            return int(match[1]) * unit + hundredths // 100
    found = parse_amount(plain, form)
    if not 0 <= found <= MOST_AMOUNT:
        raise ValueError(_("Write an amount of zero or more."))
    return found


def moment(text: str, layout: str, locale: Locale) -> Moment:
    """Return a date, with its time if written. Raises ValueError with a sentence."""
    try:
        return read_moment(text, layout, locale)
    except ValueError as error:
        # Python's own errors are no sentences for readers.
        raise ValueError(_("This is not a date in the layout of this file.")) from error


def tags(text: str) -> list[str]:
    """Return the tags in a cell; Google's own groups are none."""
    parts = re.split(r"\s*:::\s*|[,،;\n]", text)
    words = (" ".join(part.split()).lstrip("#") for part in parts)
    return [one[:60] for one in words if one and not one.startswith("*")]
