"""Numbers as they are typed: digits of any script, separators of any country, words of size."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

HALF: Final = Fraction(1, 2)
HUNDRED, THOUSAND, MILLION, BILLION = 100, 10**3, 10**6, 10**9
SIZES: Final = {
    **dict.fromkeys(("هزار", "هزارتا", "k", "thousand"), THOUSAND),
    **dict.fromkeys(("میلیون", "ملیون", "m", "mn", "mio", "mln", "million", "millions"), MILLION),
    **dict.fromkeys(
        ("میلیارد", "ملیارد", "b", "bn", "mrd", "billion", "billions", "milliard"), BILLION
    ),
    **dict.fromkeys(("تریلیون", "trn", "tn", "trillion"), 10**12),
}
_FA_WORDS: Final = (
    "صفر:0 یک:1 دو:2 سه:3 چهار:4 پنج:5 شش:6 شیش:6 هفت:7 هشت:8 نه:9 ده:10 یازده:11 دوازده:12 "
    "سیزده:13 چهارده:14 پانزده:15 پونزده:15 شانزده:16 شونزده:16 هفده:17 هیفده:17 هجده:18 "
    "هیجده:18 هژده:18 نوزده:19 بیست:20 سی:30 چهل:40 پنجاه:50 شصت:60 هفتاد:70 هشتاد:80 نود:90 "
    "صد:100 یکصد:100 دویست:200 سیصد:300 چهارصد:400 پانصد:500 پونصد:500 ششصد:600 شیشصد:600 "
    "هفتصد:700 هشتصد:800 نهصد:900"
)
_EN_WORDS: Final = (
    "zero:0 one:1 two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10 eleven:11 "
    "twelve:12 thirteen:13 fourteen:14 fifteen:15 sixteen:16 seventeen:17 eighteen:18 "
    "nineteen:19 twenty:20 thirty:30 forty:40 fifty:50 sixty:60 seventy:70 eighty:80 ninety:90"
)
NUMBER_WORDS: Final = {
    word: int(value)
    for word, _colon, value in (pair.partition(":") for pair in f"{_FA_WORDS} {_EN_WORDS}".split())
}
_HALVES: Final = frozenset({"نیم", "half"})
_HUNDREDS: Final = frozenset({"صد", "hundred"})
_AND: Final = frozenset({"و", "and"})
_GROUPED: Final = re.compile(r"\d{1,3}(?:([,.' ])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
_PLAIN: Final = re.compile(r"\d+(?:[.,]\d+)?")
_ONE_SEPARATOR: Final = re.compile(r"(\d{1,3})([.,])(\d{3})")


class NotANumberError(ValueError):
    """The words do not add up to one number; what the reader is told is the caller's matter."""


def read_figure(text: str, *, decimals: int) -> Fraction:
    """Read one figure in ASCII digits whose separators are `, . '` or a space.

    A single separator before exactly three digits groups them, unless the currency has that many
    `decimals` or the number begins with 0; a comma always groups there.
    """
    if single := _ONE_SEPARATOR.fullmatch(text):
        whole, separator, rest = single.groups()
        groups = separator == "," or (decimals < len(rest) and not whole.startswith("0"))
        return Fraction(whole + rest) if groups else Fraction(f"{whole}.{rest}")
    if match := _GROUPED.fullmatch(text):
        separator = match[1]
        body = text.replace(separator, "")
        # "1,234,56" would mix one sign for groups and decimals: refuse it.
        if re.search(rf"{re.escape(separator)}(?!\d{{3}}(?!\d))", text):
            raise NotANumberError(text)
        return Fraction(body.replace(",", "."))
    if _PLAIN.fullmatch(text):
        return Fraction(text.replace(",", "."))
    raise NotANumberError(text)


class NumberReader:
    """Adds up the words of one number: «دو میلیارد و سیصد میلیون», "1.4 bn", «یک و نیم میلیون»."""

    def __init__(self) -> None:
        self._terms: list[Fraction] = []
        self._group: Fraction | None = None
        self._last_size = 0
        self._after_size = False
        self._last_value = Fraction(0)

    def word(self, word: str) -> None:
        """Take a word that is not a figure."""
        if word in _AND:
            return
        if word in SIZES:
            self._size(SIZES[word])
        elif word in _HALVES:
            self._add(HALF)
        elif word in _HUNDREDS and self._group and self._group < HUNDRED // 10:
            self._group *= HUNDRED
        elif word in NUMBER_WORDS:
            self._add(Fraction(NUMBER_WORDS[word]))
        else:
            raise NotANumberError(word)

    def figure(self, value: Fraction) -> None:
        """Take a number written in digits."""
        self._add(value)

    def total(self, *, colloquial: bool) -> Fraction:
        """Return the sum. `colloquial`: «۲ میلیارد و ۳۰۰» leaves the smaller «میلیون» unsaid."""
        if self._group is None and not self._terms:
            raise NotANumberError
        rest = self._group or Fraction(0)
        if self._last_size and rest == HALF:
            rest *= self._last_size
        elif colloquial and self._last_size >= MILLION and 0 < rest < THOUSAND:
            rest *= self._last_size // THOUSAND
        return sum(self._terms, rest)

    def _add(self, value: Fraction) -> None:
        if self._group is not None and not _may_follow(self._last_value, value):
            raise NotANumberError
        self._group = (self._group or Fraction(0)) + value
        self._last_value = value
        self._after_size = False

    def _size(self, size: int) -> None:
        if self._group is None and self._after_size:
            self._multiply_last(size)
            return
        if self._last_size and size >= self._last_size:
            raise NotANumberError
        self._terms.append((Fraction(1) if self._group is None else self._group) * size)
        self._group, self._last_size, self._after_size = None, size, True

    def _multiply_last(self, size: int) -> None:
        """«دو هزار میلیارد»: one size counts the other."""
        if len(self._terms) > 1 or size < self._last_size:
            raise NotANumberError
        self._terms[-1] *= size
        self._last_size = size


def _may_follow(before: Fraction, after: Fraction) -> bool:
    """Twenty may be followed by three, four hundred by twenty, any whole number by a half."""
    if after == HALF:
        return before.denominator == 1
    if before.denominator != 1 or before == 0:
        return False
    return any(before >= step and before % step == 0 and after < step for step in (HUNDRED, 10))
