"""Numbers in the reader's digits, separators and signs."""

from __future__ import annotations

from decimal import Decimal
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
    # A float is taken as it prints: 1.45 is not 1.4499….
    exact = Fraction(str(x)) if isinstance(x, float) else Fraction(x)
    units = int(abs(exact) * 10**places + Fraction(1, 2))
    whole, rest = divmod(units, 10**places)
    text = f"{whole:,}"
    if rest:
        text += "." + f"{rest:0{places}}".rstrip("0")
    return _dress(text, exact < 0 and units != 0, False, locale)


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
