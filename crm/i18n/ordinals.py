"""The how-manieth: 10th, دهمین."""

from __future__ import annotations

from crm.i18n.locale import Locale, current_locale
from crm.i18n.numerals import number

_TEN, _HUNDRED = 10, 100
_ENGLISH = {1: "st", 2: "nd", 3: "rd"}
_UNITS = ("", "یک", "دو", "سو", "چهار", "پنج", "شش", "هفت", "هشت", "نه")
_TEENS = (
    "ده", "یازده", "دوازده", "سیزده", "چهارده",
    "پانزده", "شانزده", "هفده", "هجده", "نوزده",
)  # fmt: skip
_TENS = ("", "", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود")
_NTH, _JOINED = "مین", "\N{ZERO WIDTH NON-JOINER}و"


def ordinal(n: int, *, locale: Locale | None = None) -> str:
    """Return «10th», or «دهمین» in words below a hundred: for what is the n-th of its kind."""
    locale = locale or current_locale()
    if locale.language == "fa":
        return _persian(n, locale)
    teen = n // _TEN % _TEN == 1
    return number(n, locale=locale) + ("th" if teen else _ENGLISH.get(n % _TEN, "th"))


def _persian(n: int, locale: Locale) -> str:
    if n == 1:
        return "اولین"
    if not 0 < n < _HUNDRED:
        return f"{number(n, locale=locale)}\N{ZERO WIDTH NON-JOINER}{_NTH}"
    tens, unit = divmod(n, _TEN)
    if tens == 1:
        return _TEENS[unit] + _NTH
    words = _JOINED.join(word for word in (_TENS[tens], _UNITS[unit]) if word)
    # «سی» ends in a vowel: سی‌امین.
    return f"{words}\N{ZERO WIDTH NON-JOINER}ا{_NTH}" if words.endswith("سی") else words + _NTH
