"""Amounts as a salesperson says them: ۲۰۰ میلیون تومان, €48,000, €1.4m."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from crm.i18n.catalogue import gettext
from crm.i18n.currencies import RIAL, TOMAN, Currency, find_currency, form_code
from crm.i18n.locale import Locale, current_locale, use_locale
from crm.i18n.numerals import MINUS, decimal

NBSP = "\N{NO-BREAK SPACE}"


_STEP: Final = 1000  # from one size to the next


class _Size(NamedTuple):
    value: int
    en: str
    fa: str
    exact_places: int  # how many decimals it may carry where nothing may be lost


# Largest first. «هزار» takes none: nobody says «۱۲٫۵ هزار تومان».
_SIZES: Final = (
    _Size(10**9, "bn", "میلیارد", 2),
    _Size(10**6, "m", "میلیون", 1),
    _Size(10**3, "k", "هزار", 0),
)
# Compact amounts keep a decimal below these, so that three figures stand at most.
_ONE_DECIMAL_BELOW: Final = {10**9: 100, 10**6: 100, 10**3: 10}
# Below this a Persian amount is written out even where it may be rounded: ۱٬۵۰۰, not ۱٫۵ هزار.
_FA_WRITTEN_OUT_BELOW = 10_000


@dataclass(frozen=True)
class MoneyParts:
    """An amount in two pieces, so that a template can set the unit lighter than the number."""

    number: str
    unit: str
    before: bool

    def __str__(self) -> str:
        if self.before:
            return self.unit + self.number
        return f"{self.number} {self.unit}".rstrip()


def money(
    amount: int,
    currency: str,
    compact: bool = False,
    *,
    bare: bool = False,
    locale: Locale | None = None,
) -> str:
    """Return the amount (smallest units) in words of size; `compact` may round it.

    `bare` leaves a currency's name away where the column already says it: «۱٫۱ میلیارد».
    """
    return str(money_parts(amount, currency, compact, bare=bare, locale=locale))


def money_parts(
    amount: int,
    currency: str,
    compact: bool = False,
    *,
    bare: bool = False,
    locale: Locale | None = None,
) -> MoneyParts:
    """Return the same as `money`, in two pieces."""
    locale = locale or current_locale()
    row = find_currency(form_code(currency, locale.money_unit))
    value = Fraction(abs(amount), row.unit)
    figure, size = _figure(value, row, compact, locale)
    sign = MINUS if amount < 0 else ""
    if locale.language == "en" and row.symbol:
        gap = NBSP if row.symbol.isalpha() else ""
        return MoneyParts(figure + size, f"{sign}{row.symbol}{gap}", before=True)
    with use_locale(locale):
        name = "" if bare else gettext(row.name)
    if locale.language == "en":
        return MoneyParts(sign + figure + size, name, before=False)
    sign = f"\N{LEFT-TO-RIGHT MARK}{MINUS}" if sign else ""
    return MoneyParts(sign + figure, f"{size} {name}".strip(), before=False)


def _figure(value: Fraction, row: Currency, compact: bool, locale: Locale) -> tuple[str, str]:
    """Return the digits and the word of size, which is empty where the amount is written out."""
    chosen = _compact_size(value, locale) if compact else _round_size(value, row, locale)
    if chosen is None:
        return _written_out(value, row, compact, locale), ""
    size, places = chosen
    return decimal(value / size.value, places, locale=locale), getattr(size, locale.language)


def _written_out(value: Fraction, row: Currency, compact: bool, locale: Locale) -> str:
    text = decimal(value, 0 if compact else row.minor_digits, locale=locale)
    point = "٫" if locale.digits == "fa" else "."
    # €12.50, though ۱٬۲۳۴٫۵ تومان: cents are read in pairs.
    if row.minor_digits > 1 and len(text.partition(point)[2]) == 1:
        text += "۰" if locale.digits == "fa" else "0"
    return text


def _compact_size(value: Fraction, locale: Locale) -> tuple[_Size, int] | None:
    if locale.language == "fa" and value < _FA_WRITTEN_OUT_BELOW:
        return None
    for size in _SIZES:
        # Asked of the rounded amount: 999,950 is 1m, not 1,000k.
        if int(value * _STEP / size.value + Fraction(1, 2)) >= _STEP:
            return size, 1 if value / size.value < _ONE_DECIMAL_BELOW[size.value] else 0
    return None


def _round_size(value: Fraction, row: Currency, locale: Locale) -> tuple[_Size, int] | None:
    """Return the size in which nothing is lost, if the amount is round enough to have one.

    English keeps €48,000 in figures; the large amounts of Iran's money have words in both.
    """
    iranian = row.code in (TOMAN, RIAL)
    if locale.language == "en" and not iranian:
        return None
    for size in _SIZES:
        if value >= size.value and (value / size.value * 10**size.exact_places).denominator == 1:
            return size, size.exact_places
    return None
