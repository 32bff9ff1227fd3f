"""Numbers in the reader's digits, separators and signs."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from crm.i18n.fold import to_persian_digits
from crm.i18n.locale import Locale, current_locale

MINUS = "\N{MINUS SIGN}"
# Keeps the sign to the left of the digits inside right-to-left text.
_LRM = "\N{LEFT-TO-RIGHT MARK}"
_SEPARATORS = str.maketrans({",": "٬", ".": "٫"})


def number(n: int, *, signed: bool = False, locale: Locale | None = None) -> str:
    """Return 1,234 or ۱٬۲۳۴; `signed` puts a plus before what is above zero."""
    return _dress(f"{abs(n):,}", n < 0, signed and n > 0, locale)


def decimal(x: Decimal | Fraction | float, places: int = 1, *, locale: Locale | None = None) -> str:
    """Return x with at most so many decimals (half rounds up), without zeros at their end."""
    exact = Fraction(x)
    quantum = Decimal(1).scaleb(-places)
    # A Decimal of a Fraction is inexact; one place more than asked would round twice.
    units = Fraction(abs(exact)) * 10**places
    whole = int(units + Fraction(1, 2))
    value = Decimal(whole).scaleb(-places).quantize(quantum, rounding=ROUND_HALF_UP)
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return _dress(text, exact < 0 and whole != 0, False, locale)


def percent(x: Decimal | Fraction | float, places: int = 0, *, locale: Locale | None = None) -> str:
    """Return 60% or ۶۰٪ for 60: the number said before "per cent", not the fraction."""
    locale = locale or current_locale()
    return decimal(x, places, locale=locale) + ("٪" if locale.digits == "fa" else "%")


def _dress(text: str, negative: bool, plus: bool, locale: Locale | None) -> str:
    sign = MINUS if negative else "+" if plus else ""
    if (locale or current_locale()).digits == "fa":
        text = to_persian_digits(text.translate(_SEPARATORS))
        sign = _LRM + sign if sign else ""
    return sign + text
