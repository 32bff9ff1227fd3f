"""Sums of money as people type or say them, into the smallest unit."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from crm.i18n.catalogue import gettext as _
from crm.i18n.catalogue import ngettext
from crm.i18n.currencies import (
    PHRASES,
    RIAL,
    TOMAN,
    Currency,
    find_currency,
    find_currency_by_word,
)
from crm.i18n.fold import fold
from crm.i18n.parsing.words import SIZES, NotANumberError, NumberReader, read_figure

# Fits a signed 64-bit column with room for sums.
LIMIT: Final = 2**62
_LONGEST: Final = 120
_MINUS: Final = re.compile(r"^(?:[-−‐-–—]|منفی\s)\s*")
# «٬» always groups and «٫» always stands before decimals; «/», as Iranians type it, is a point.
_SEPARATORS: Final = str.maketrans({"٬": "_", "،": ",", "٫": "|", "/": ".", "’": "'"})
_FIGURE: Final = r"\d+(?:[,.'_|]\d+|\s\d{3}(?!\d))*"
_TOKEN: Final = re.compile(rf"({_FIGURE})|([a-z]*[$€£₺₼₾₸₽¥₹])|([^\W\d_]+)|(\S)")


def parse_amount(text: str, currency: str) -> int:
    """Return the amount in the smallest unit of the currency: rials for both IRT and IRR.

    A unit said in the text («۲۰۰ میلیون تومان») wins over the form's. ValueError says, in the
    reader's language, what to write instead.
    """
    folded = fold(text)
    if not folded:
        raise ValueError(_("Write an amount, such as %(example)s.", example=_example()))
    row = find_currency(currency)
    body = _MINUS.sub("", folded)
    try:
        value, row = _read(body, row)
    except (NotANumberError, OverflowError):
        raise ValueError(
            _("This is not an amount we can read. Write it like %(example)s.", example=_example())
        ) from None
    units = value * row.unit
    _check(units, row)
    return -int(units) if body != folded else int(units)


def _read(body: str, row: Currency) -> tuple[Fraction, Currency]:
    if len(body) > _LONGEST:
        raise NotANumberError
    tokens, row = _without_currency(_tokens(body), row)
    reader = NumberReader()
    for position, token in enumerate(tokens):
        if token[0].isdigit():
            sized = tokens[position + 1 : position + 2]
            reader.figure(_figure(token, row, sized=bool(sized) and sized[0] in SIZES))
        else:
            reader.word(token)
    iranian = row.code in (TOMAN, RIAL)
    return reader.total(colloquial=iranian), row


def _tokens(body: str) -> list[str]:
    for phrase, currency in PHRASES.items():
        body = body.replace(phrase, f" {currency.code.lower()} ")
    return [match[0] for match in _TOKEN.finditer(body.translate(_SEPARATORS))]


def _without_currency(tokens: list[str], row: Currency) -> tuple[list[str], Currency]:
    """Take the unit out of the text; one from another country is refused, not converted."""
    kept, said = [], None
    for token in tokens:
        named = find_currency_by_word(token)
        if token in row.words:
            named = row
        if named is None:
            kept.append(token)
        elif said is not None and said is not named:
            raise NotANumberError
        else:
            said = named
    if said is None or said is row:
        return kept, row
    if {said.code, row.code} <= {TOMAN, RIAL}:
        return kept, said
    raise ValueError(
        _(
            "This amount says %(typed)s, but the currency here is %(expected)s.",
            typed=_(said.name),
            expected=_(row.name),
        )
    )


def _figure(token: str, row: Currency, *, sized: bool) -> Fraction:
    if "|" in token:
        whole, _point, rest = token.partition("|")
        return Fraction(f"{_ungrouped(whole)}.{rest}") if rest.isdigit() else _refuse()
    if "_" in token:
        return Fraction(_ungrouped(token))
    token = re.sub(r"\s", " ", token)
    # "1.234 million" carries decimals, whatever the currency.
    return read_figure(token, decimals=3 if sized else row.minor_digits)


def _ungrouped(text: str) -> str:
    if not re.fullmatch(r"\d{1,3}(?:[_,.' ]\d{3})+|\d+", text):
        _refuse()
    return re.sub(r"\D", "", text)


def _refuse() -> Fraction:
    raise NotANumberError


def _check(units: Fraction, row: Currency) -> None:
    if units >= LIMIT:
        raise ValueError(_("This amount is too large."))
    if units.denominator == 1:
        return
    if row.minor_digits == 0 or row.code == TOMAN:
        raise ValueError(_("This amount is smaller than the smallest coin. Write it rounded."))
    raise ValueError(
        ngettext(
            "This currency has %(num)s digit after the point.",
            "This currency has %(num)s digits after the point.",
            row.minor_digits,
        )
    )


def _example() -> str:
    return _("200 million or 1,500,000")
